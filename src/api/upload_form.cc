#include "api/upload_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "api/error_table.h"
#include "base/utf8.h"
#include "jobs/job_files.h"
#include "jobs/uuid.h"

namespace stemscribe::api {
namespace {

constexpr size_t kMaxFieldBytes = 4096;
constexpr size_t kMaxNameBytes = 200;
constexpr size_t kMaxFilenameBytes = 255;
constexpr size_t kMaxUrlBytes = 2000;
constexpr size_t kHeadBytes = 256 * 1024;  // enough to know a type by
constexpr std::array<std::string_view, 9> kFields = {
    "name",         "stages", "stem_format", "bitrate",      "chord_vocabulary",
    "callback_url", "upload", "filename",    "upload_length"};
constexpr std::array<std::string_view, 3> kFormats = {"mp3", "flac", "wav"};
constexpr std::array<std::string_view, 8> kBitrates = {"64",  "96",  "128", "160",
                                                       "192", "224", "256", "320"};
constexpr std::array<std::string_view, 3> kVocabularies = {"submission", "ismir2017", "full"};

template <size_t N>
bool IsIn(std::string_view text, const std::array<std::string_view, N>& list) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

/// Reads "separation, chords"; false if a name is unknown or there is none.
bool ReadStages(std::string_view text, std::vector<jobs::JobStage>& stages) {
  stages.clear();
  while (true) {
    const size_t comma = text.find(',');
    std::string_view name = text.substr(0, comma);
    while (name.starts_with(' ')) name.remove_prefix(1);
    while (name.ends_with(' ')) name.remove_suffix(1);
    const auto stage = jobs::ParseStage(name);
    if (!stage) return false;
    if (std::find(stages.begin(), stages.end(), *stage) == stages.end()) stages.push_back(*stage);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  std::sort(stages.begin(), stages.end());
  return true;
}

/// What is wrong with a text field; empty if it was taken over into `job`.
std::string ReadField(std::string_view field, const std::string& text, jobs::NewJob& job) {
  if (!IsUtf8(text)) return "must be UTF-8";
  if (field == "name") {
    if (text.empty() || text.size() > kMaxNameBytes || HasControl(text)) {
      return fmt::format("must have 1 to {} characters, none of them a control character",
                         kMaxNameBytes);
    }
    job.name = text;
  } else if (field == "stages") {
    if (!ReadStages(text, job.options.stages)) {
      return "must be a list with commas of separation, transcription, chords";
    }
  } else if (field == "stem_format") {
    if (!IsIn(text, kFormats)) return "must be mp3, flac or wav";
    job.options.stem_format = text;
  } else if (field == "bitrate") {
    if (!IsIn(text, kBitrates)) return "must be 64, 96, 128, 160, 192, 224, 256 or 320";
    job.options.bitrate_kbps = std::stoi(text);
  } else if (field == "chord_vocabulary") {
    if (!IsIn(text, kVocabularies)) return "must be submission, ismir2017 or full";
    job.options.chord_vocabulary = text;
  } else {
    if (text.size() > kMaxUrlBytes) return "is too long";
    job.callback_url = text;
  }
  return {};
}

}  // namespace

Error SongTooLarge(int64_t max_file_bytes) {
  return {ErrorCode::kPayloadTooLarge,
          fmt::format("the song is larger than {} MB", max_file_bytes >> 20),
          {{"file", "is too large"}}};
}

http::HttpError UploadIsElsewhere(int64_t bytes_here) {
  return {409,
          ErrorCode::kConflict,
          fmt::format("{} bytes are here: go on from there", bytes_here),
          {{"Upload-Offset", std::to_string(bytes_here)}}};
}

void CheckCoding(const http::Request& request) {
  const auto coding = request.header("Content-Encoding");
  if (!coding || http::EqualsIgnoreCase(*coding, "identity")) return;
  throw http::HttpError(415, ErrorCode::kUnsupportedMediaType,
                        "send the song as it is, without a Content-Encoding",
                        {{"Accept-Encoding", "identity"}});
}

std::optional<int64_t> ParseBytes(std::string_view text) {
  int64_t bytes = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  if (error != std::errc{} || end != text.data() + text.size() || bytes < 0) return std::nullopt;
  return bytes;
}

void CheckSongType(FileTypeDetector& types, std::span<const std::byte> head) {
  const std::string type = types.Detect(head);
  if (MayBeAudio(type)) return;
  throw Error(ErrorCode::kInvalidAudioFile, "the file is no audio but " + type,
              {{"file", "send MP3, WAV, FLAC, M4A, Ogg, Opus, WMA, AIFF, WebM or MP4"}});
}

UploadForm::UploadForm(std::string_view content_type, UploadTarget target)
    : target_(std::move(target)),
      parser_(http::MultipartBoundary(content_type), {},
              {.on_part = [this](const http::PartInfo& part) { BeginPart(part); },
               .on_data = [this](std::span<const std::byte> data) { Data(data); },
               .on_part_end = [this] { EndPart(); }}) {
  job_.id = target_.job_id;
}

SongData UploadForm::Push(std::span<const std::byte> data) {
  song_data_.clear();
  parser_.Push(data);
  return std::move(song_data_);
}

void UploadForm::Write(const SongData& data) {
  for (const auto& part : data) writer_->Write(part);
}

void UploadForm::BeginPart(const http::PartInfo& part) {
  text_.clear();
  field_ = part.name;
  in_file_ = part.name == "file";
  if (std::find(seen_.begin(), seen_.end(), part.name) != seen_.end()) {
    wrong_.push_back({part.name, "is there more than once"});
    CheckFields();
  }
  seen_.push_back(part.name);
  if (!in_file_) {
    if (!IsIn(part.name, kFields)) wrong_.push_back({part.name, "is no field of this form"});
    return;
  }
  // Wrong options are told before the song is read: the client need not send all of it first.
  CheckFields();
  if (!part.filename || part.filename->empty()) {
    throw InvalidField("file",
                       "has no file name: send it as a file, such as curl -F file=@song.mp3");
  }
  BeginSong(*part.filename);
}

void UploadForm::BeginSong(const std::string& filename) {
  job_.input_filename = ToUtf8(filename);  // old programs send names in codings of their own
  if (filename.size() > kMaxFilenameBytes || HasControl(job_.input_filename)) {
    throw InvalidField(
        in_file_ ? "file" : "filename",
        fmt::format("its name must have at most {} bytes, none of them a control character",
                    kMaxFilenameBytes));
  }
  has_file_ = true;
  job_.input_blob = jobs::InputBlob(job_.id, job_.input_filename);
  writer_ = target_.store.Create(job_.input_blob,
                                 std::min(target_.expected_bytes, target_.max_file_bytes));
}

void UploadForm::Data(std::span<const std::byte> data) {
  if (!in_file_) {
    if (text_.size() + data.size() > kMaxFieldBytes) throw InvalidField(field_, "is too long");
    text_.append(reinterpret_cast<const char*>(data.data()), data.size());
    return;
  }
  SongBytes(data);
}

void UploadForm::TakeSong(jobs::BlobReader& song) {
  CheckFields();
  if (has_file_) throw InvalidField("upload", "is of no use beside a file");
  if (upload_filename_.empty()) throw InvalidField("filename", "is missing: name the song's file");
  BeginSong(upload_filename_);
  std::vector<std::byte> block(kHeadBytes);
  while (const size_t size = song.Read(block)) {
    song_data_.clear();
    SongBytes(std::span(block).first(size));
    Write(song_data_);
  }
  song_data_.clear();
  if (job_.file_size > 0 && !type_is_known_) CheckType();
}

void UploadForm::SongBytes(std::span<const std::byte> data) {
  job_.file_size += static_cast<int64_t>(data.size());
  if (job_.file_size > target_.max_file_bytes) {
    throw SongTooLarge(target_.max_file_bytes);
  }
  sha_.Update(data);
  song_data_.push_back(data);
  if (type_is_known_) return;
  head_.insert(head_.end(), data.begin(), data.end());
  if (head_.size() >= kHeadBytes) CheckType();
}

void UploadForm::CheckType() {
  type_is_known_ = true;
  CheckSongType(target_.types, head_);
  head_ = {};
}

void UploadForm::EndPart() {
  if (in_file_ && job_.file_size > 0 && !type_is_known_) CheckType();
  if (in_file_ || !IsIn(field_, kFields)) return;
  std::string fault;
  if (field_ == "upload") {
    if (jobs::IsUuid(text_)) {
      upload_id_ = text_;
    } else {
      fault = "must be the id of an upload";
    }
  } else if (field_ == "filename") {
    upload_filename_ = text_;
  } else if (field_ == "upload_length") {
    const int64_t length = ParseBytes(text_).value_or(0);
    if (length > 0) {
      upload_length_ = length;
    } else {
      fault = "must be the number of the song's bytes";
    }
  } else {
    fault = ReadField(field_, text_, job_);
  }
  if (!fault.empty()) wrong_.push_back({field_, std::move(fault)});
}

void UploadForm::CheckFields() const {
  if (!wrong_.empty()) {
    throw Error(ErrorCode::kInvalidArgument, "the request is not valid", wrong_);
  }
}

jobs::NewJob UploadForm::Finish() {
  parser_.Finish();
  const bool has_upload = std::find(seen_.begin(), seen_.end(), "upload") != seen_.end();
  if (!has_file_ && !has_upload)
    wrong_.push_back({"file", "is missing: send the song as the part \"file\""});
  if (has_file_ && job_.file_size == 0) wrong_.push_back({"file", "is empty"});
  CheckFields();
  job_.content_sha256 = sha_.FinishHex();
  return std::move(job_);
}

}  // namespace stemscribe::api
