#include "audio/library_info.h"

#include <ebur128.h>
#include <fmt/format.h>

#include <string_view>

#include "audio/ffmpeg.h"

namespace stemscribe::audio {

std::string LibraryInfo() {
  const std::string_view configuration = swresample_configuration();
  const bool has_soxr = configuration.find("--enable-libsoxr") != std::string_view::npos;
  const bool has_lame = avcodec_find_encoder_by_name("libmp3lame") != nullptr;
  int major = 0;
  int minor = 0;
  int patch = 0;
  ebur128_get_version(&major, &minor, &patch);
  return fmt::format("FFmpeg {} ({}), {}, {}, libebur128 {}.{}.{}", av_version_info(),
                     avcodec_license(), has_soxr ? "libsoxr" : "no libsoxr",
                     has_lame ? "libmp3lame" : "no libmp3lame", major, minor, patch);
}

}  // namespace stemscribe::audio
