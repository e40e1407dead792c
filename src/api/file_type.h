// What a file is by its first bytes (libmagic), so that what is plainly no audio is refused with
// its true name.
#pragma once

#include <filesystem>
#include <string>

namespace stemscribe::api {

/// The MIME type, such as "audio/mpeg". Throws Error{kInternal} if libmagic has no data.
/// Thread-safe; blocks.
std::string FileType(const std::filesystem::path& file);

/// Whether a file of this type may hold audio. Unknown data may: some MP3s look like nothing at
/// all.
bool MayBeAudio(const std::string& type);

}  // namespace stemscribe::api
