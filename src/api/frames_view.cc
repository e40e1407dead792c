#include "api/frames_view.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <string_view>

#include "base/error.h"
#include "base/json_text.h"

namespace stemscribe::api {
namespace {

constexpr size_t kPieceBytes = 64 * 1024;
constexpr size_t kMaxLineBytes = 4096;
constexpr std::array kColumns = {"t", "voiced", "f0_hz", "midi", "confidence", "level_db"};
constexpr double kSlackFrames =
    1e-6;  // so that 0.07 s is frame 7, whatever 0.07 / 0.01 is in binary

/// The text of a field of one frame's line.
std::string_view FieldOf(std::string_view line, std::string_view name) {
  const std::string key = fmt::format("\"{}\":", name);
  const size_t begin = line.find(key);
  if (begin == std::string_view::npos) throw Error(ErrorCode::kIo, "a frame lacks its " + key);
  const size_t end = line.find_first_of(",}", begin + key.size());
  return line.substr(begin + key.size(), end - begin - key.size());
}

}  // namespace

/// Lines of a file, gzip or not.
class FramesView::LineReader {
 public:
  explicit LineReader(const std::filesystem::path& file) : file_(gzopen(file.c_str(), "rbe")) {
    if (file_ == nullptr) throw Error(ErrorCode::kIo, "cannot read " + file.string());
    gzbuffer(file_, kPieceBytes);
  }
  ~LineReader() { gzclose(file_); }
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  /// Without its end and the comma before it.
  std::string_view Next() {
    if (gzgets(file_, line_.data(), static_cast<int>(line_.size())) == nullptr) {
      throw Error(ErrorCode::kIo, "the frames end too early");
    }
    std::string_view line(line_.data());
    while (!line.empty() && (line.back() == '\n' || line.back() == ',')) line.remove_suffix(1);
    return line;
  }

 private:
  gzFile file_;
  std::array<char, kMaxLineBytes> line_{};
};

FramesView::FramesView(const std::filesystem::path& file, double from_sec, double to_sec,
                       FramesLayout layout)
    : file_(file), layout_(layout) {
  Open();
  try {
    const boost::json::object head = boost::json::parse(head_line_ + "]}").as_object();
    hop_sec_ = head.at("hop_sec").to_number<double>();
    const auto num_frames = head.at("num_frames").to_number<int64_t>();
    const auto frame_of = [&](double sec) {
      return static_cast<int64_t>(std::clamp(std::ceil(sec / hop_sec_ - kSlackFrames), 0.0,
                                             static_cast<double>(num_frames)));
    };
    first_ = frame_of(from_sec);
    last_ = std::max(first_, frame_of(to_sec));
  } catch (const std::exception&) {
    throw Error(ErrorCode::kIo, file.string() + " is no frames.json of version 1");
  }
  next_ = 0;
}

FramesView::~FramesView() = default;

void FramesView::Open() {
  reader_ = std::make_unique<LineReader>(file_);
  head_line_ = std::string(reader_->Next());
  next_ = 0;
}

std::string FramesView::Head() {
  boost::json::object head = boost::json::parse(head_line_ + "]}").as_object();
  head.erase("frames");
  head["num_frames"] = last_ - first_;
  std::string text = ToJsonText(head);
  text.pop_back();
  return text + (layout_ == FramesLayout::kFrames ? R"(,"frames":[)" : R"(,"columns":{)");
}

bool FramesView::AppendFrame(std::string& out) {
  while (next_ < first_) {
    reader_->Next();
    ++next_;
  }
  if (next_ >= last_) return false;
  const std::string_view line = reader_->Next();
  if (next_++ > first_) out += ',';
  out += layout_ == FramesLayout::kFrames ? line : FieldOf(line, kColumns[column_]);
  return true;
}

std::optional<std::string> FramesView::Next() {
  if (ended_) return std::nullopt;
  std::string piece;
  if (!head_sent_) piece = Head();
  head_sent_ = true;
  return piece + (layout_ == FramesLayout::kFrames ? NextOfFrames() : NextOfColumns());
}

std::string FramesView::NextOfFrames() {
  std::string piece;
  while (piece.size() < kPieceBytes) {
    if (AppendFrame(piece)) continue;
    ended_ = true;
    return piece + "]}";
  }
  return piece;
}

/// One pass over the file for each column: time is cheap here, memory is not.
std::string FramesView::NextOfColumns() {
  std::string piece;
  while (piece.size() < kPieceBytes) {
    if (next_ == 0) piece += fmt::format("{}\"{}\":[", column_ > 0 ? "," : "", kColumns[column_]);
    if (AppendFrame(piece)) continue;
    piece += ']';
    if (++column_ == kColumns.size()) {
      ended_ = true;
      return piece + "}}";
    }
    Open();
  }
  return piece;
}

}  // namespace stemscribe::api
