// Tells sources apart by where they stand in the stereo image, which masks cannot.
#pragma once

#include <array>
#include <complex>
#include <cstddef>
#include <deque>
#include <span>
#include <vector>

#include "stages/separation/spectrogram.h"

namespace stemscribe::separation {

/// Frames that follow one another, and the masks that were found for them.
struct MaskedFrames {
  size_t num_frames = 0;
  std::array<std::span<const std::complex<float>>, kChannels> spectra;  // kBins a frame
  // kFrameValues a frame: the voice in the mix; drums and bass in what it leaves.
  std::span<const float> vocals;
  std::span<const float> drums;
  std::span<const float> bass;
};

/// The spectra of three stems, kBins a frame. What they leave of the mix is "other".
struct StemSpectra {
  enum Stem : size_t { kVocals, kDrums, kBass, kNumStems };

  void Resize(size_t num_frames);

  std::array<std::array<std::vector<std::complex<float>>, kChannels>, kNumStems> stems;
};

/// A mask for each channel and source, no more: the simplest way from masks to stems.
void ApplyMasks(const MaskedFrames& frames, StemSpectra& out);

/// A multichannel Wiener filter, whose powers are the masks': each source's covariance between left
/// and right, slow to change, says for each bin how much of a sound goes with it (Duong, Vincent
/// and Gribonval, "Under-determined reverberant audio source separation using a full-rank spatial
/// covariance model", 2010, with masks for powers as Uhlich et al., 2017). The filters of all
/// sources add up to one. Where left and right are the same, or one of them is silent, it does what
/// masks do.
///
/// Takes a song in blocks, and looks kAheadBlocks ahead. Memory does not grow with the song. Not
/// thread-safe.
class WienerFilter {
 public:
  static constexpr size_t kBlockFrames = 64;  // 1.5 s
  static constexpr size_t kAheadBlocks = 2;

  WienerFilter();

  /// Takes notice of the next block: kBlockFrames; the last one of a song may be shorter.
  void Learn(const MaskedFrames& block);

  /// Filters the next block, after kAheadBlocks more than that, or all there are, were learnt.
  void Apply(const MaskedFrames& block, StemSpectra& out);

  /// Ready for a new song.
  void Reset();

 private:
  /// Of each source: power left, right, real and imaginary part of left times conjugate right; each
  /// of all bins.
  using Covariances = std::vector<float>;

  Covariances Estimate() const;

  Covariances sums_;  // what was learnt, slowly forgotten; the last one is of the mix
  size_t num_learnt_ = 0;
  std::deque<Covariances> edges_;  // at the beginning of each block from the next to filter on
};

}  // namespace stemscribe::separation
