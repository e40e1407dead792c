// Answers that are made piece by piece: a view of the frames, an archive.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "http/blocking_pool.h"
#include "http/response.h"

namespace stemscribe::api {

/// A source of which some was read already.
template <typename Source>
class WithStart {
 public:
  explicit WithStart(std::shared_ptr<Source> source) : source_(std::move(source)) {}
  const std::string& start() const { return start_; }

  /// Adds a piece to the start. False at the end.
  bool ReadOn() {
    const std::optional<std::string> piece = source_->Next();
    if (piece) start_ += *piece;
    return piece.has_value();
  }

  std::optional<std::string> Next() {
    if (!is_start_given_) {
      is_start_given_ = true;
      return std::move(start_);
    }
    return source_->Next();
  }

 private:
  const std::shared_ptr<Source> source_;
  std::string start_;
  bool is_start_given_ = false;
};

/// `source` as a stream; its Next(), which gives the next piece or nullopt, runs on `pool`.
template <typename Source>
http::StreamBody StreamOf(std::shared_ptr<Source> source, http::BlockingPool& pool) {
  http::StreamBody body;
  body.produce = [source, &pool](http::ResponseStream& stream) -> boost::asio::awaitable<void> {
    auto next = [&source] { return source->Next(); };
    while (true) {
      const std::optional<std::string> piece = co_await pool.Run(next);
      if (!piece) co_return;
      co_await stream.Write(*piece);
    }
  };
  return body;
}

/// `source` as text if it is short, which compresses; else as a stream. Blocking, for the pool.
template <typename Source>
http::Response TextOrStreamOf(const std::string& content_type, std::shared_ptr<Source> source,
                              http::BlockingPool& pool) {
  constexpr size_t kShortBytes = 4 << 20;
  auto rest = std::make_shared<WithStart<Source>>(std::move(source));
  while (rest->start().size() < kShortBytes) {
    if (!rest->ReadOn()) return http::Response::Text(200, rest->Next().value(), content_type);
  }
  return http::Response::Stream(content_type, StreamOf(std::move(rest), pool));
}

}  // namespace stemscribe::api
