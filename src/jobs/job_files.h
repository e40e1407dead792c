// The names of a job's files in the BlobStore, as the plan has them:
//   jobs/{id}/input/song.mp3
//   jobs/{id}/separated/{vocals,bass,drums,other,instrumental}.mp3
//   jobs/{id}/transcription/frames.json, frames.json.gz, notes.json, vocals.mid
//   jobs/{id}/chords/chords.json
// and, until a result is published, jobs/{id}/.attempt-{n}/{separated,transcription,chords}/….
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace stemscribe::jobs {

inline constexpr std::array<std::string_view, 3> kResultFolders = {"separated", "transcription",
                                                                   "chords"};

/// "jobs/{id}". Throws Error{kInvalidArgument} unless `id` is a UUID.
std::string JobPrefix(std::string_view id);

/// "jobs/{id}/input/song" + the lower-case extension of `user_filename`, if it is a plain one.
std::string InputBlob(std::string_view id, std::string_view user_filename);

/// "jobs/{id}/.attempt-{attempt}".
std::string AttemptPrefix(std::string_view id, int64_t attempt);

/// "jobs/{id}/" + path, the path being Artefact::path.
std::string ArtefactBlob(std::string_view id, std::string_view path);

}  // namespace stemscribe::jobs
