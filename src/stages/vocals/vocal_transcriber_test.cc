#include "stages/vocals/vocal_transcriber.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>
#include <span>
#include <vector>

#include "stages/vocals/fcpe.h"
#include "stages/vocals/swift_f0.h"
#include "stages/vocals/test_signals.h"

namespace stemscribe::vocals {
namespace {

/// With the real nets, loaded once for all tests.
class VocalTranscriberTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    manifest_ = std::make_unique<nn::Manifest>(nn::Manifest::Load(nn::FindModelsDir()));
    engine_ = nn::MakeOpenVinoEngine({});
    transcriber_ = MakeVocalTranscriber(*manifest_, *engine_);
  }
  static void TearDownTestSuite() {
    transcriber_.reset();
    engine_.reset();
    manifest_.reset();
  }

  static VocalTrack Transcribe(std::span<const float> samples, size_t block = 4096) {
    for (size_t at = 0; at < samples.size(); at += block) {
      const auto part = samples.subspan(at, std::min(block, samples.size() - at));
      transcriber_->Push(part, part, part);
    }
    return transcriber_->Finish(static_cast<double>(samples.size()) / kRateHz);
  }

  inline static std::unique_ptr<nn::Manifest> manifest_;
  inline static std::unique_ptr<nn::Engine> engine_;
  inline static std::unique_ptr<VocalTranscriber> transcriber_;
};

double Vibrato(double t) {
  return 330 * std::exp2(40 * std::sin(2 * std::numbers::pi * 5.5 * t) / 1200);
}

TEST_F(VocalTranscriberTest, PitchEqualsThePackage) {
  const std::vector<float> expected = Golden("vocals_fcpe.f32");
  FcpeTracker tracker(engine_->Load(manifest_->Find("fcpe")));
  tracker.Push(Golden("vocals_audio.f32"));
  const std::vector<FcpeFrame> frames = tracker.Finish().frames;
  ASSERT_EQ(frames.size(), expected.size() / 2);
  int both = 0;
  int close = 0;
  for (size_t n = 0; n < frames.size(); ++n) {
    EXPECT_NEAR(frames[n][0].salience, expected[2 * n + 1], 0.05) << n;
    if (expected[2 * n + 1] < 0.05 || frames[n][0].salience < 0.05) continue;
    ++both;
    close += std::abs(CentsBetween(frames[n][0].hz, expected[2 * n])) < 5 ? 1 : 0;
  }
  ASSERT_GT(both, 200);
  EXPECT_GE(close, 0.99 * both);
}

TEST_F(VocalTranscriberTest, VoicingEqualsThePackage) {
  const std::vector<float> expected = Golden("vocals_swift.f32");
  SwiftF0Tracker tracker(engine_->Load(manifest_->Find("swift-f0")));
  tracker.Push(Golden("vocals_audio.f32"));
  const std::vector<SwiftFrame> frames = tracker.Finish();
  ASSERT_EQ(frames.size(), expected.size() / 2);
  for (size_t i = 0; i < frames.size(); ++i) {
    EXPECT_NEAR(frames[i].confidence, expected[2 * i + 1], 1e-3) << i;
    if (frames[i].confidence < 0.5) continue;
    EXPECT_NEAR(CentsBetween(frames[i].hz, expected[2 * i]), 0, 1);
  }
}

TEST_F(VocalTranscriberTest, TheTrackFollowsThePackageOnARealSinger) {
  const std::vector<float> expected = Golden("vocals_fcpe.f32");
  const VocalTrack track = Transcribe(Golden("vocals_audio.f32"));
  ASSERT_EQ(track.frames.size(), 400U);
  int both = 0;
  int same_note = 0;
  int octaves_repaired = 0;
  for (size_t n = 0; n < track.frames.size(); ++n) {
    if (!track.frames[n].voiced || expected[2 * n + 1] < 0.006) continue;
    ++both;
    const double cents = CentsBetween(track.frames[n].f0_hz, expected[2 * n]);
    const double octaves = std::round(cents / 1200);
    same_note += std::abs(cents - 1200 * octaves) < 5 ? 1 : 0;
    octaves_repaired += octaves != 0 ? 1 : 0;
  }
  ASSERT_GT(both, 200);
  EXPECT_GE(same_note, 0.99 * both);
  // The package jumps up an octave for 60 ms, about 2.2 s in, where SwiftF0 and the line do not.
  EXPECT_LE(octaves_repaired, 8);
}

TEST_F(VocalTranscriberTest, ASungNoteBetweenRests) {
  std::vector<float> samples(kRateHz);
  const std::vector<float> note = Sing(2, Vibrato);
  samples.insert(samples.end(), note.begin(), note.end());
  samples.resize(4 * kRateHz);
  const VocalTrack track = Transcribe(samples);
  ASSERT_EQ(track.frames.size(), 400U);
  for (size_t n = 0; n < 400; ++n) {
    const Frame& frame = track.frames[n];
    if (n < 95 || n > 305) {
      EXPECT_FALSE(frame.voiced) << n;
    }
    if (n < 105 || n > 295) continue;
    EXPECT_TRUE(frame.voiced) << n;
    // The frame's time is right too: 10 ms off would be up to 14 cents.
    EXPECT_NEAR(CentsBetween(frame.f0_hz, Vibrato(static_cast<double>(n) * kHopSec - 1)), 0, 12);
  }
  EXPECT_EQ(track.pitch_engine.rfind("fcpe ", 0), 0U);
  EXPECT_EQ(track.voicing_engine.rfind("swift-f0 ", 0), 0U);
}

TEST_F(VocalTranscriberTest, ChunksAndBlocksDoNotMatter) {
  // 45 s are three chunks of both nets; a song that starts 7.5 s later has its borders elsewhere.
  const auto glide = [](double t) { return Vibrato(t) * std::exp2(std::sin(t / 3)); };
  const std::vector<float> samples = Sing(45, glide);
  const VocalTrack track = Transcribe(samples, 160000);
  const VocalTrack tail = Transcribe(std::span(samples).subspan(120000), 777);
  ASSERT_EQ(tail.frames.size(), 3750U);
  int close = 0;
  for (size_t n = 0; n < tail.frames.size(); ++n) {
    const Frame& a = track.frames[n + 750];
    const Frame& b = tail.frames[n];
    close += a.voiced && b.voiced && std::abs(CentsBetween(a.f0_hz, b.f0_hz)) < 5 ? 1 : 0;
  }
  EXPECT_GE(close, 3710);
}

TEST_F(VocalTranscriberTest, SilenceAndShortClips) {
  for (const size_t length : {0U, 1U, 200U, 3200U, 40000U}) {
    for (const Frame& frame : Transcribe(std::vector<float>(length)).frames) {
      EXPECT_FALSE(frame.voiced);
      EXPECT_EQ(frame.level_db, -120);
    }
  }
  const VocalTrack blip = Transcribe(Sing(0.2, [](double) { return 220; }));
  ASSERT_EQ(blip.frames.size(), 20U);
  EXPECT_TRUE(blip.frames[10].voiced);
  EXPECT_NEAR(CentsBetween(blip.frames[10].f0_hz, 220), 0, 15);
}

TEST_F(VocalTranscriberTest, TheDurationSetsTheFrames) {
  EXPECT_EQ(transcriber_->Finish(180.5).frames.size(), 18050U);
  EXPECT_EQ(transcriber_->Finish(0.29).frames.size(), 29U);
  EXPECT_EQ(transcriber_->Finish(0.0099).frames.size(), 0U);
  EXPECT_EQ(transcriber_->Finish(0).frames.size(), 0U);
}

}  // namespace
}  // namespace stemscribe::vocals
