#include "audio/frame_reader.h"

#include <algorithm>

#include "base/cancellation.h"
#include "base/error.h"

namespace stemscribe::audio {
namespace {

constexpr int kMaxFailedReads = 16;
constexpr int64_t kMaxLostSec = 10;  // time stamps that claim a longer hole are damaged themselves

}  // namespace

FrameReader::FrameReader(Input& input)
    : input_(input),
      packet_(ffmpeg::NotNull(av_packet_alloc())),
      frame_(ffmpeg::NotNull(av_frame_alloc())) {}

const AVFrame* FrameReader::Next() {
  for (;;) {
    ThrowIfStopped(*input_.stop);
    const int error = avcodec_receive_frame(input_.codec.get(), frame_.get());
    if (error == AVERROR_EOF) return nullptr;
    if (error == AVERROR(ENOMEM)) throw std::bad_alloc();
    if (error == AVERROR(EAGAIN)) {
      if (!FeedDecoder() && draining_) avcodec_send_packet(input_.codec.get(), nullptr);
      continue;
    }
    if (error < 0) {
      NoteDamage(SamplesOf(packet_->duration));
      continue;
    }
    if (frame_->nb_samples <= 0) continue;
    if ((frame_->flags & AV_FRAME_FLAG_CORRUPT) != 0 || frame_->decode_error_flags != 0)
      NoteDamage(0);
    lost_samples_ = packets_since_good_ > 0 ? LostBefore(*frame_) : 0;
    packets_since_good_ = 0;
    swallowed_samples_ = 0;
    const AVRational per_sample{1, std::max(1, frame_->sample_rate)};
    position_sec_ += static_cast<double>(lost_samples_ + frame_->nb_samples) * av_q2d(per_sample);
    // Frames out of a damaged packet may have no time stamp: they follow the one before.
    const int64_t pts = frame_->pts != AV_NOPTS_VALUE ? frame_->pts : next_pts_;
    if (pts != AV_NOPTS_VALUE)
      next_pts_ = pts + av_rescale_q(frame_->nb_samples, per_sample, input_.stream->time_base);
    return frame_.get();
  }
}

bool FrameReader::FeedDecoder() {
  if (!ReadPacket()) {
    draining_ = true;
    return false;
  }
  if (av_packet_get_side_data(packet_.get(), AV_PKT_DATA_ENCRYPTION_INFO, nullptr) != nullptr) {
    throw Error(ErrorCode::kInvalidAudioFile, "The audio is encrypted (DRM).");
  }
  const int error = avcodec_send_packet(input_.codec.get(), packet_.get());
  if (error == AVERROR(ENOMEM)) throw std::bad_alloc();
  if (error < 0) NoteDamage(SamplesOf(packet_->duration));
  return true;
}

bool FrameReader::ReadPacket() {
  for (;;) {
    av_packet_unref(packet_.get());
    const int error = av_read_frame(input_.format.get(), packet_.get());
    ThrowIfStopped(*input_.stop);
    if (error == AVERROR_EOF) return false;
    // The disk's errors are the reader's own; demuxers give the same number for a file that was cut
    // off.
    if (error == AVERROR(EIO) && input_.format->pb->error == error) {
      throw Error(ErrorCode::kIo, "The file cannot be read to its end.");
    }
    if (error < 0) {
      NoteDamage(0);
      if (++failed_reads_ >= kMaxFailedReads) return false;
      continue;
    }
    failed_reads_ = 0;
    if (packet_->stream_index == input_.stream->index) return true;
  }
}

void FrameReader::NoteDamage(int64_t num_samples) {
  ++damaged_packets_;
  ++packets_since_good_;
  swallowed_samples_ += num_samples;
  if (!first_damage_sec_) first_damage_sec_ = position_sec_;
}

int64_t FrameReader::SamplesOf(int64_t duration) const {
  const AVRational per_sample{1, std::max(1, input_.codec->sample_rate)};
  return std::max<int64_t>(0, av_rescale_q(duration, input_.stream->time_base, per_sample));
}

int64_t FrameReader::LostBefore(const AVFrame& frame) const {
  const int64_t most = kMaxLostSec * std::max(1, frame.sample_rate);
  if (frame.pts != AV_NOPTS_VALUE && next_pts_ != AV_NOPTS_VALUE) {
    const int64_t lost = SamplesOf(frame.pts - next_pts_);
    if (lost <= most) return lost;
  }
  return std::min(swallowed_samples_, most);
}

}  // namespace stemscribe::audio
