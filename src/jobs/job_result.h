// What a completed job has to show: its files, and the facts of the song.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stemscribe::jobs {

/// One downloadable file.
struct Artefact {
  std::string kind{};  // "stem", "frames", "notes", "chords"
  std::string
      name;  // of a stem "vocals", …; of the others "frames.json", "frames.json.gz", "chords.json"
  std::string path{};  // below the job's prefix: "separated/vocals.mp3"; see job_files.h
  std::string content_type{};
  int64_t bytes = 0;
  std::string sha256{};

  bool operator==(const Artefact&) const = default;
};

using Artefacts = std::vector<Artefact>;

/// nullptr if there is none of that kind and name.
const Artefact* FindArtefact(const Artefacts& artefacts, std::string_view kind,
                             std::string_view name);

struct JobResult {
  Artefacts artefacts;
  boost::json::object metadata;  // the tool's result.json
};

boost::json::object ToJson(const JobResult& result);

/// Throws Error{kInternal} if `text` was not made from ToJson.
JobResult ResultFromJson(std::string_view text);

}  // namespace stemscribe::jobs
