// FFmpeg's C objects with owners, and its error numbers as text. For the .cc files of this folder
// only.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
}

#include <memory>
#include <string>
#include <vector>

#include "audio/audio_buffer.h"

namespace stemscribe::audio::ffmpeg {

/// Adapts FFmpeg's `void free(T**)` to a deleter.
template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Free(&object);
  }
};

using InputPtr = std::unique_ptr<AVFormatContext, Deleter<avformat_close_input>>;
using CodecPtr = std::unique_ptr<AVCodecContext, Deleter<avcodec_free_context>>;
using PacketPtr = std::unique_ptr<AVPacket, Deleter<av_packet_free>>;
using FramePtr = std::unique_ptr<AVFrame, Deleter<av_frame_free>>;
using SwrPtr = std::unique_ptr<SwrContext, Deleter<swr_free>>;

/// A dictionary of options or tags; FFmpeg takes it by `get()` and may replace or consume it.
class Dictionary {
 public:
  Dictionary() = default;
  ~Dictionary() { av_dict_free(&dictionary_); }
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;

  void Set(const std::string& key, const std::string& value) {
    av_dict_set(&dictionary_, key.c_str(), value.c_str(), 0);
  }
  AVDictionary** get() { return &dictionary_; }

 private:
  AVDictionary* dictionary_ = nullptr;
};

/// Keeps FFmpeg from printing: what is worth telling goes into errors and warnings. Call before
/// using it.
void SilenceLog();

/// FFmpeg's words for an error number.
std::string ErrorText(int error);

/// Throws std::bad_alloc for the null that FFmpeg returns when memory is out, else returns
/// `object`.
template <typename T>
T* NotNull(T* object) {
  if (object == nullptr) throw std::bad_alloc();
  return object;
}

/// The planes of `buffer` from sample `offset` on, as FFmpeg wants them for planar float.
std::vector<uint8_t*> Planes(AudioBuffer& buffer, size_t offset = 0);
std::vector<const uint8_t*> Planes(const AudioBuffer& buffer, size_t offset = 0);

}  // namespace stemscribe::audio::ffmpeg
