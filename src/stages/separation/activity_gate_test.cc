#include "stages/separation/activity_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "stages/separation/spectrogram.h"

namespace stemscribe::separation {
namespace {

/// The values of the masks of one frame.
struct Part {
  float drums, bass;
};
using Story = std::function<Part(size_t frame)>;

float FromDb(double db) { return static_cast<float>(std::pow(10, db / 20)); }

/// One value of each mask for each frame, at the highest bin.
struct Heard {
  std::vector<float> drums, bass;
};

/// Takes a song of equal frames, whose drums have a mask from `first_bin` on.
Heard Play(ActivityGate& gate, const Story& story, size_t num_frames,
           const std::vector<float>& frame, size_t first_bin = 0) {
  Heard heard;
  const SplitMaskSink take = [&](const SplitMask& mask) {
    heard.drums.push_back(mask.drums.back());
    heard.bass.push_back(mask.bass.back());
  };
  for (size_t n = 0; n < num_frames; ++n) {
    const Part part = story(n);
    SplitMasks masks{std::vector<float>(kFrameValues, part.drums),
                     std::vector<float>(kFrameValues, part.bass)};
    for (size_t i = 0; i < kFrameValues; ++i) {
      if (i % kBins < first_bin) masks.drums[i] = 0;
    }
    gate.Push(frame, std::move(masks), take);
    EXPECT_EQ(heard.drums.size(), n + 1 - std::min(n + 1, ActivityGate::kAheadFrames));
  }
  gate.Finish(take);
  EXPECT_EQ(heard.drums.size(), num_frames);
  return heard;
}

Heard PlayOne(const Story& story, size_t num_frames, float magnitude = 1) {
  ActivityGate gate;
  return Play(gate, story, num_frames, std::vector<float>(kFrameValues, magnitude));
}

TEST(ActivityGateTest, LeavesWhatPlaysAsItIs) {
  for (const double db : {0.0, -12.0, -17.9}) {
    const float part = FromDb(db);
    // The level does not matter: a quiet song's bass is no fainter beside the song.
    for (const float magnitude : {1e-3F, 100.0F}) {
      const Heard heard = PlayOne([&](size_t) { return Part{part, part}; }, 300, magnitude);
      EXPECT_THAT(heard.drums, testing::Each(part));
      EXPECT_THAT(heard.bass, testing::Each(part));
    }
  }
}

TEST(ActivityGateTest, SilencesWhatOnlyLeaks) {
  const float leak = FromDb(-24.1);
  const Heard heard = PlayOne([&](size_t) { return Part{leak, leak}; }, 300);
  EXPECT_THAT(heard.drums, testing::Each(0.0F));
  EXPECT_THAT(heard.bass, testing::Each(0.0F));
}

TEST(ActivityGateTest, OpensBeforeTheFirstNoteAndNeverJumps) {
  constexpr size_t kEntry = 1000;
  const float leak = FromDb(-30);
  const float quiet = FromDb(-12);
  const Heard heard =
      PlayOne([&](size_t n) { return n < kEntry ? Part{leak, leak} : Part{quiet, quiet}; }, 1500);
  EXPECT_THAT(std::vector(heard.bass.begin(), heard.bass.begin() + kEntry - 90),
              testing::Each(0.0F));
  EXPECT_THAT(std::vector(heard.bass.begin() + kEntry, heard.bass.end()), testing::Each(quiet));
  EXPECT_EQ(heard.drums, heard.bass);
  for (size_t n = 1; n < kEntry; ++n) {  // before the note: what the mask was, times the gain
    ASSERT_LT(std::abs(heard.bass[n] - heard.bass[n - 1]) / leak, 0.25) << n;
  }
}

TEST(ActivityGateTest, RestsBetweenNotesAreNoAbsence) {
  const auto phrase = [](size_t n) {
    return n / 86 % 2 == 0 ? Part{0.5F, 0.5F} : Part{0.01F, 0.01F};
  };
  const Heard heard = PlayOne(phrase, 1000);
  for (size_t n = 0; n < 1000; ++n) ASSERT_EQ(heard.bass[n], phrase(n).bass) << n;
}

TEST(ActivityGateTest, HearsALoneHiHat) {
  // Above 9 kHz alone: a white frame's energy there is half a percent of one with a strong low end.
  const auto frame = [] {
    std::vector<float> values(kFrameValues);
    for (size_t i = 0; i < kFrameValues; ++i) values[i] = i % kBins < 100 ? 30.0F : 1.0F;
    return values;
  }();
  ActivityGate gate;
  const auto hat = [](size_t) { return Part{0.7F, 0.0F}; };
  EXPECT_THAT(Play(gate, hat, 200, frame, 836).drums, testing::Each(0.7F));
}

TEST(ActivityGateTest, ANewSongBeginsAnew) {
  ActivityGate gate;
  const std::vector<float> frame(kFrameValues, 1.0F);
  const auto loud = [](size_t) { return Part{0.5F, 0.5F}; };
  const auto leak = [](size_t) { return Part{0.01F, 0.01F}; };
  EXPECT_THAT(Play(gate, loud, 200, frame).bass, testing::Each(0.5F));
  EXPECT_THAT(Play(gate, leak, 200, frame).bass, testing::Each(0.0F));
}

}  // namespace
}  // namespace stemscribe::separation
