#include "audio/ffmpeg.h"

#include <array>

namespace stemscribe::audio::ffmpeg {

void SilenceLog() { av_log_set_level(AV_LOG_QUIET); }

std::string ErrorText(int error) {
  std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
  av_strerror(error, text.data(), text.size());
  return text.data();
}

std::vector<uint8_t*> Planes(AudioBuffer& buffer, size_t offset) {
  std::vector<uint8_t*> planes;
  planes.reserve(buffer.num_channels());
  for (auto& channel : buffer.channels) {
    planes.push_back(reinterpret_cast<uint8_t*>(channel.data() + offset));
  }
  return planes;
}

std::vector<const uint8_t*> Planes(const AudioBuffer& buffer, size_t offset) {
  std::vector<const uint8_t*> planes;
  planes.reserve(buffer.num_channels());
  for (const auto& channel : buffer.channels) {
    planes.push_back(reinterpret_cast<const uint8_t*>(channel.data() + offset));
  }
  return planes;
}

}  // namespace stemscribe::audio::ffmpeg
