#include "jobs/publisher.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cerrno>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>

#include "base/error.h"
#include "base/sha256.h"
#include "jobs/job_files.h"

namespace stemscribe::jobs {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr int kGzipBlockBytes = 256 * 1024;
// Of what is read whole, here or by the API; that of three hours of song has 3 MB. Whatever took
// over the tool may leave much more.
constexpr uintmax_t kMaxDocumentBytes = 16 << 20;
constexpr size_t kMaxStems = 16;

std::string ContentTypeOf(const fs::path& file) {
  static const std::map<std::string, std::string> kTypes = {
      {".mp3", "audio/mpeg"},        {".flac", "audio/flac"}, {".wav", "audio/wav"},
      {".json", "application/json"}, {".mid", "audio/midi"},  {".gz", "application/gzip"}};
  const auto type = kTypes.find(file.extension().string());
  return type == kTypes.end() ? "application/octet-stream" : type->second;
}

/// Takes the files of one tool run into the store, one after the other.
class Outputs {
 public:
  Outputs(BlobStore& store, const Job& job, const fs::path& folder)
      : store_(store), job_(job), folder_(folder) {}

  void Take(const std::string& kind, const std::string& name, const fs::path& file,
            const std::string& path) {
    const fs::path from = Find(file);
    result_.artefacts.push_back({.kind = kind,
                                 .name = name,
                                 .path = path,
                                 .content_type = ContentTypeOf(from),
                                 .bytes = static_cast<int64_t>(fs::file_size(from)),
                                 .sha256 = Sha256HexOfFile(from)});
    store_.Adopt(from, AttemptPrefix(job_.id, job_.attempt) + "/" + path);
  }

  void TakeDocument(const std::string& kind, const fs::path& file, const std::string& folder) {
    CheckSize(file);
    Take(kind, file.string(), file, folder + "/" + file.string());
  }

  void TakeStems() {
    std::vector<fs::path> files;
    std::error_code fault;
    for (const auto& entry : fs::directory_iterator(folder_ / "stems", fault)) {
      files.push_back(entry.path().filename());
      if (files.size() > kMaxStems) {
        throw Error(ErrorCode::kProcessingFailed, "the tool left too many stems");
      }
    }
    if (files.empty()) throw Error(ErrorCode::kProcessingFailed, "the tool left no stems");
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
      const std::string name = file.stem().string();
      if (name.find_first_not_of("abcdefghijklmnopqrstuvwxyz") != std::string::npos) {
        throw Error(ErrorCode::kProcessingFailed, "the tool left a stem of a strange name");
      }
      Take("stem", name, "stems" / file, "separated/" + file.string());
    }
  }

  void TakeTranscription() {
    const fs::path frames = Find("frames.json");
    const fs::path compressed = folder_ / "frames.json.gz";
    std::error_code ignored;
    fs::remove(compressed, ignored);  // a link of that name, of which the target would be written
    GzipFile(frames, compressed);
    Take("frames", "frames.json", "frames.json", "transcription/frames.json");
    Take("frames", "frames.json.gz", "frames.json.gz", "transcription/frames.json.gz");
    TakeDocument("notes", "notes.json", "transcription");
    TakeDocument("notes", "vocals.mid", "transcription");
  }

  void TakeChords() { TakeDocument("chords", "chords.json", "chords"); }

  JobResult Finish() {
    CheckSize("result.json");
    std::ifstream file(Find("result.json"));
    std::stringstream text;
    text << file.rdbuf();
    boost::system::error_code fault;
    const json::value metadata = json::parse(text.str(), fault);
    if (fault || !metadata.is_object()) {
      throw Error(ErrorCode::kProcessingFailed, "the tool left no readable result.json");
    }
    result_.metadata = metadata.as_object();
    return std::move(result_);
  }

 private:
  /// A file that the tool left: neither a link, nor below one, which could lead out of the folder,
  /// nor a pipe, which has no end.
  fs::path Find(const fs::path& file) const {
    const fs::path path = folder_ / file;
    std::error_code fault;
    if (!fs::is_regular_file(fs::symlink_status(path, fault)) ||
        fs::canonical(path, fault) != fs::canonical(folder_, fault) / file) {
      throw Error(ErrorCode::kProcessingFailed,
                  fmt::format("the tool ended well, but left no {}", file.string()));
    }
    return path;
  }

  void CheckSize(const fs::path& file) const {
    if (fs::file_size(Find(file)) <= kMaxDocumentBytes) return;
    throw Error(ErrorCode::kProcessingFailed,
                fmt::format("the tool left a {} that is too large", file.string()));
  }

  BlobStore& store_;
  const Job& job_;
  const fs::path folder_;
  JobResult result_;
};

Error GzipError(const fs::path& file, int fault) {
  return FileError(fault, file.filename().string() + ": it cannot be compressed");
}

}  // namespace

void GzipFile(const fs::path& from, const fs::path& to) {
  std::ifstream in(from, std::ios::binary);
  if (!in) {
    throw Error(ErrorCode::kProcessingFailed,
                fmt::format("the tool ended well, but left no {}", from.filename().string()));
  }
  const auto close = [](gzFile file) { gzclose(file); };
  std::unique_ptr<gzFile_s, decltype(close)> out(gzopen(to.c_str(), "wb6"), close);
  if (!out) throw GzipError(to, errno);
  std::vector<char> block(kGzipBlockBytes);
  while (in.read(block.data(), kGzipBlockBytes) || in.gcount() > 0) {
    const auto count = static_cast<unsigned int>(in.gcount());
    if (gzwrite(out.get(), block.data(), count) != static_cast<int>(count)) {
      throw GzipError(to, errno);
    }
  }
  if (gzclose(out.release()) != Z_OK) throw GzipError(to, errno);
}

JobResult StoreOutputs(BlobStore& store, const Job& job, const fs::path& folder) {
  Outputs outputs(store, job, folder);
  for (const JobStage stage : job.options.stages) {
    switch (stage) {
      case JobStage::kSeparation:
        outputs.TakeStems();
        break;
      case JobStage::kTranscription:
        outputs.TakeTranscription();
        break;
      case JobStage::kChords:
        outputs.TakeChords();
        break;
    }
  }
  return outputs.Finish();
}

}  // namespace stemscribe::jobs
