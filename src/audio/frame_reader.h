// Reads and decodes the frames of an Input, over damaged places too.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "audio/open_input.h"

namespace stemscribe::audio {

/// Not thread-safe. The Input must outlive it.
class FrameReader {
 public:
  explicit FrameReader(Input& input);

  /// Decodes the next frame that has samples; nullptr after the last. Valid until the next call.
  /// Throws Error{kInvalidAudioFile} for encrypted audio, Error{kIo} if reading fails,
  /// Error{kCancelled} on a stop.
  const AVFrame* Next();

  /// Samples of this stream that damage swallowed just before the frame that Next returned.
  int64_t lost_samples() const { return lost_samples_; }

  /// Seconds into the stream, at the end of the frame that Next returned last.
  double position_sec() const { return position_sec_; }

  int64_t damaged_packets() const { return damaged_packets_; }
  std::optional<double> first_damage_sec() const { return first_damage_sec_; }

 private:
  bool FeedDecoder();  // false when the decoder was told that no more comes
  bool ReadPacket();   // of our stream; false at the end
  void NoteDamage(int64_t num_samples);
  int64_t SamplesOf(int64_t duration) const;
  int64_t LostBefore(const AVFrame& frame) const;

  Input& input_;
  ffmpeg::PacketPtr packet_;
  ffmpeg::FramePtr frame_;
  int failed_reads_ = 0;  // in a row
  bool draining_ = false;
  int64_t next_pts_ = AV_NOPTS_VALUE;  // where the frame after the last good one should start
  int64_t swallowed_samples_ = 0;      // by packets that failed since the last good frame
  int64_t packets_since_good_ = 0;     // that failed
  int64_t lost_samples_ = 0;
  int64_t damaged_packets_ = 0;
  std::optional<double> first_damage_sec_;
  double position_sec_ = 0;
};

}  // namespace stemscribe::audio
