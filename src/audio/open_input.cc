#include "audio/open_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/cancellation.h"
#include "base/error.h"

namespace stemscribe::audio {
namespace {

namespace fs = std::filesystem;

// Containers that hold audio themselves; playlists, devices, image sequences and scripts are not
// among them.
constexpr char kFormats[] =
    "mp3,wav,w64,flac,mov,mp4,m4a,ogg,matroska,webm,asf,aiff,aac,ac3,eac3,caf,au,wv,ape,tta,amr";

constexpr char kCodecs[] =
    "mp3float,mp3,mp2float,mp2,mp1float,mp1,flac,aac,alac,vorbis,opus,wmav1,wmav2,wmapro,"
    "wmalossless,"
    "wmavoice,ac3,eac3,wavpack,ape,tta,amrnb,amrwb,"
    "pcm_u8,pcm_s8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_s64le,pcm_s64be,"
    "pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be,pcm_alaw,pcm_mulaw,adpcm_ms,adpcm_ima_wav,adpcm_ima_"
    "qt";

constexpr char kNotAudio[] =
    "This is not an audio file of a kind that is supported, or its header is damaged or cut off.";

[[noreturn]] void Refuse(const std::string& sentence) {
  throw Error(ErrorCode::kInvalidAudioFile, sentence);
}

/// Nothing but a regular file is ever opened: a pipe could block for ever.
void CheckRegularFile(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) Refuse("There is no such file.");
  if (fs::is_directory(status)) Refuse("This is a folder, not an audio file.");
  if (error) Refuse(fmt::format("The file cannot be read: {}.", error.message()));
  if (!fs::is_regular_file(status)) Refuse("This is not a regular file.");
  if (fs::file_size(path, error) == 0) Refuse("The file is empty.");
}

// Demuxers give all sorts of errors for damaged headers and formats that are not on the whitelist;
// these alone are not about what is in the file.
std::string OpenFailure(int error) {
  if (error == AVERROR(EACCES) || error == AVERROR(EMFILE) || error == AVERROR(ENFILE)) {
    return fmt::format("The file cannot be read: {}.", ffmpeg::ErrorText(error));
  }
  return kNotAudio;
}

int IsStopRequested(void* stop) {
  return static_cast<const std::stop_token*>(stop)->stop_requested() ? 1 : 0;
}

AVFormatContext* OpenFile(const fs::path& path, std::stop_token& stop) {
  AVFormatContext* format = ffmpeg::NotNull(avformat_alloc_context());
  format->interrupt_callback = {IsStopRequested, &stop};
  ffmpeg::Dictionary options;
  options.Set("protocol_whitelist", "file");
  options.Set("format_whitelist", kFormats);
  options.Set("codec_whitelist", kCodecs);
  options.Set("enable_drefs", "0");
  options.Set("use_absolute_path", "0");
  // The prefix keeps a name with a colon from being taken for a protocol.
  const std::string url = "file:" + fs::absolute(path).string();
  const int error = avformat_open_input(&format, url.c_str(), nullptr, options.get());
  ThrowIfStopped(stop);
  if (error < 0) Refuse(OpenFailure(error));  // FFmpeg has freed `format`
  return format;
}

/// Everything but audio is dropped unread, as far as the container allows it.
void DiscardAllBut(AVFormatContext& format, const AVStream* wanted) {
  for (unsigned i = 0; i < format.nb_streams; ++i) {
    AVStream* stream = format.streams[i];
    const bool is_audio = stream->codecpar->codec_type == AVMEDIA_TYPE_AUDIO;
    const bool keep = wanted != nullptr ? stream == wanted : is_audio;
    stream->discard = keep ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  }
}

/// Whether there is anything but audio streams, which are there in what was only guessed to be
/// audio.
bool HasOtherStreams(const AVFormatContext& format) {
  return std::any_of(
      format.streams, format.streams + format.nb_streams,
      [](const AVStream* stream) { return stream->codecpar->codec_type != AVMEDIA_TYPE_AUDIO; });
}

bool IsEncrypted(const Input& input) {
  const uint32_t tag = input.stream->codecpar->codec_tag;
  if (tag == MKTAG('e', 'n', 'c', 'a') || tag == MKTAG('d', 'r', 'm', 's')) return true;
  if (av_dict_get(input.format->metadata, "ASF_Protection_Type", nullptr, 0)) return true;
  return av_stream_get_side_data(input.stream, AV_PKT_DATA_ENCRYPTION_INIT_INFO, nullptr) !=
         nullptr;
}

}  // namespace

Input OpenContainer(const fs::path& path, const std::stop_token& stop) {
  ThrowIfStopped(stop);
  CheckRegularFile(path);
  ffmpeg::SilenceLog();
  Input input;
  input.stop = std::make_unique<std::stop_token>(stop);
  input.format.reset(OpenFile(path, *input.stop));
  DiscardAllBut(*input.format, nullptr);
  const int error = avformat_find_stream_info(input.format.get(), nullptr);
  ThrowIfStopped(stop);
  if (error < 0) Refuse(OpenFailure(error));
  const int index = av_find_best_stream(input.format.get(), AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0);
  if (index < 0) Refuse(HasOtherStreams(*input.format) ? "The file has no audio." : kNotAudio);
  input.stream = input.format->streams[index];
  DiscardAllBut(*input.format, input.stream);
  return input;
}

void OpenCodec(Input& input) {
  const AVCodecParameters& parameters = *input.stream->codecpar;
  if (IsEncrypted(input)) Refuse("The audio is encrypted (DRM).");
  const AVCodec* decoder = avcodec_find_decoder(parameters.codec_id);
  const std::string refusal =
      fmt::format("The audio codec ({}) is not supported, or its header is damaged.",
                  decoder == nullptr ? "unknown" : decoder->name);
  if (decoder == nullptr) Refuse(refusal);
  input.codec.reset(ffmpeg::NotNull(avcodec_alloc_context3(decoder)));
  AVCodecContext& codec = *input.codec;
  if (avcodec_parameters_to_context(&codec, &parameters) < 0) throw std::bad_alloc();
  codec.pkt_timebase = input.stream->time_base;
  codec.thread_count = 1;
  codec.flags2 |= AV_CODEC_FLAG2_SKIP_MANUAL;
  // Without this a FLAC frame with a wrong checksum would be played as a burst of noise.
  if (parameters.codec_id == AV_CODEC_ID_FLAC)
    codec.err_recognition = AV_EF_CRCCHECK | AV_EF_EXPLODE;
  ffmpeg::Dictionary options;
  options.Set("codec_whitelist", kCodecs);
  if (avcodec_open2(&codec, decoder, options.get()) < 0) Refuse(refusal);
}

Input OpenInput(const fs::path& path, const std::stop_token& stop) {
  Input input = OpenContainer(path, stop);
  OpenCodec(input);
  return input;
}

}  // namespace stemscribe::audio
