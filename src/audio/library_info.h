// Versions of the audio libraries, for people who look for a fault.
#pragma once

#include <string>

namespace stemscribe::audio {

/// "FFmpeg 5.1.9 (LGPL version 2.1 or later), libsoxr, libmp3lame, libebur128 1.2.6", as found at
/// run time.
std::string LibraryInfo();

}  // namespace stemscribe::audio
