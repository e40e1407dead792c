// Bytes that came from a client and were not used yet. Internal to http/.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>

namespace stemscribe::http {

/// Small until a client needs more. Not thread-safe.
class InputBuffer {
 public:
  explicit InputBuffer(size_t max_bytes) : max_bytes_(max_bytes) {}

  std::string_view view() const { return {storage_.get() + begin_, end_ - begin_}; }
  bool empty() const { return begin_ == end_; }

  void Consume(size_t count) {
    begin_ += count;
    if (begin_ == end_) begin_ = end_ = 0;
  }

  /// Where to put more bytes, then Commit how many. Empty if max_bytes are unused. Views become
  /// invalid.
  std::span<char> Free() {
    if (end_ == capacity_ && begin_ > 0) {
      std::memmove(storage_.get(), storage_.get() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    if (end_ == capacity_ && capacity_ < max_bytes_) Grow();
    return {storage_.get() + end_, capacity_ - end_};
  }
  void Commit(size_t count) { end_ += count; }

 private:
  static constexpr size_t kInitialBytes = 4 * 1024;

  void Grow() {
    const size_t capacity = capacity_ == 0 ? kInitialBytes : capacity_ * 2;
    auto bigger = std::make_unique<char[]>(capacity);
    if (end_ > 0) std::memcpy(bigger.get(), storage_.get(), end_);
    storage_ = std::move(bigger);
    capacity_ = capacity;
  }

  const size_t max_bytes_;  // may be passed by less than a factor of two
  std::unique_ptr<char[]> storage_;
  size_t capacity_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace stemscribe::http
