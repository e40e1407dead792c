// A part or another layout of a frames.json, made while it is read: memory does not depend on its
// length.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace stemscribe::api {

enum class FramesLayout {
  kFrames,   // "frames": [{"t":…,"voiced":…,…}, …], as in the file
  kColumns,  // "columns": {"t":[…],"voiced":[…],…}
};

/// Blocking, for the pool; not thread-safe. Relies on the tool's files: a line with the head, then
/// a line a frame.
class FramesView {
 public:
  /// `file`: a frames.json, plain or gzip. Frames from `from_sec` (inclusive) to `to_sec`
  /// (exclusive). Throws Error{kIo} if it cannot be read or is no such file.
  FramesView(const std::filesystem::path& file, double from_sec, double to_sec,
             FramesLayout layout);
  ~FramesView();

  /// The next piece of the JSON text, some 64 kB; nullopt at the end. Throws Error{kIo}.
  std::optional<std::string> Next();

 private:
  class LineReader;

  void Open();
  std::string Head();
  bool AppendFrame(std::string& out);
  std::string NextOfFrames();
  std::string NextOfColumns();

  const std::filesystem::path file_;
  const FramesLayout layout_;
  std::unique_ptr<LineReader> reader_;
  double hop_sec_ = 0;
  int64_t first_ = 0;  // frame numbers: [first_, last_)
  int64_t last_ = 0;
  int64_t next_ = 0;
  size_t column_ = 0;
  bool head_sent_ = false;
  bool ended_ = false;
  std::string head_line_;
};

}  // namespace stemscribe::api
