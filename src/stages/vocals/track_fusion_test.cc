#include "stages/vocals/track_fusion.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace stemscribe::vocals {
namespace {

constexpr size_t kFrames = 320;  // 200 of SwiftF0's

/// A long note that both nets hear, to be spoilt by each test.
struct Song {
  std::vector<FcpeFrame> fcpe{kFrames, FcpeFrame{PitchCandidate{220, 0.9F}}};
  std::vector<SwiftFrame> swift{200, SwiftFrame{220, 0.95F}};
  std::vector<float> levels_db = std::vector<float>(kFrames, -20.0F);
  std::vector<float> over_mix_db = std::vector<float>(kFrames, -6.0F);

  std::vector<Frame> Fuse(size_t num_frames = kFrames) const {
    return FuseTracks(fcpe, swift, levels_db, over_mix_db, num_frames);
  }
};

TEST(TrackFusionTest, ANoteIsANote) {
  const std::vector<Frame> frames = Song().Fuse();
  ASSERT_EQ(frames.size(), kFrames);
  for (const Frame& frame : frames) {
    EXPECT_TRUE(frame.voiced);
    EXPECT_NEAR(frame.f0_hz, 220, 0.01);
    EXPECT_GT(frame.confidence, 0.8);
    EXPECT_LE(frame.confidence, 1);
    EXPECT_EQ(frame.level_db, -20);
  }
}

TEST(TrackFusionTest, AShortOctaveJumpIsRepaired) {
  Song song;
  for (size_t n = 150; n < 152; ++n) {
    song.fcpe[n] = {PitchCandidate{440, 0.6F}, PitchCandidate{220, 0.05F}};
  }
  for (const Frame& frame : song.Fuse()) EXPECT_NEAR(frame.f0_hz, 220, 0.01);
}

TEST(TrackFusionTest, ALongOctaveJumpIsMusic) {
  Song song;
  for (size_t n = 160; n < kFrames; ++n) song.fcpe[n][0].hz = 440;
  for (size_t i = 100; i < song.swift.size(); ++i) song.swift[i].hz = 440;
  const std::vector<Frame> frames = song.Fuse();
  EXPECT_NEAR(frames[140].f0_hz, 220, 0.01);
  EXPECT_NEAR(frames[180].f0_hz, 440, 0.01);
}

TEST(TrackFusionTest, SwiftSettlesAnOctave) {
  Song song;
  for (size_t n = 100; n < 200; ++n) {
    song.fcpe[n] = {PitchCandidate{440, 0.25F}, PitchCandidate{220, 0.15F}};
  }
  for (const Frame& frame : song.Fuse()) EXPECT_NEAR(frame.f0_hz, 220, 0.01);
}

TEST(TrackFusionTest, FcpeIsBetterInPitch) {
  Song song;
  for (SwiftFrame& frame : song.swift) frame.hz = 233;  // a semitone off
  for (const Frame& frame : song.Fuse()) EXPECT_NEAR(frame.f0_hz, 220, 0.01);
}

TEST(TrackFusionTest, LeaksOfTheSeparationAreUnvoiced) {
  Song song;
  for (size_t n = 200; n < kFrames; ++n) {
    song.levels_db[n] = -58;
    song.fcpe[n][0].salience = 0.4F;
  }
  for (size_t i = 125; i < song.swift.size(); ++i) song.swift[i].confidence = 0.6F;
  const std::vector<Frame> frames = song.Fuse();
  EXPECT_TRUE(frames[190].voiced);
  for (size_t n = 210; n < kFrames; ++n) {
    EXPECT_FALSE(frames[n].voiced) << n;
    EXPECT_EQ(frames[n].f0_hz, 0);
    EXPECT_LT(frames[n].confidence, 0.5);
  }
}

TEST(TrackFusionTest, AVoiceFarBelowTheMixIsALeak) {
  Song song;
  for (size_t n = 0; n < 100; ++n) song.over_mix_db[n] = -30;  // for a third of the song: soft
  for (const Frame& frame : song.Fuse()) EXPECT_TRUE(frame.voiced);
  song.over_mix_db.assign(kFrames, -30);
  for (const Frame& frame : song.Fuse()) {
    EXPECT_FALSE(frame.voiced);
    EXPECT_LT(frame.confidence, 0.5);
  }
}

TEST(TrackFusionTest, WhoSingsForAMomentIsHeardAmongLeaks) {
  constexpr size_t kSung = 80;
  constexpr size_t kLeak = 400;  // the rest before it is longer than that of a singer
  Song song;
  song.fcpe.resize(800, song.fcpe[0]);
  song.swift.resize(500, song.swift[0]);
  song.levels_db.resize(800, -20);
  song.over_mix_db.resize(kSung);
  song.over_mix_db.resize(800, -30);
  for (size_t n = kSung; n < kLeak; ++n) {
    song.fcpe[n] = {};
    song.levels_db[n] = -90;
  }
  for (size_t i = kSung * 5 / 8; i < kLeak * 5 / 8; ++i) song.swift[i] = {};
  const std::vector<Frame> frames = song.Fuse(800);
  for (size_t n = 0; n < kSung; ++n) EXPECT_TRUE(frames[n].voiced) << n;
  for (size_t n = kSung; n < 800; ++n) EXPECT_FALSE(frames[n].voiced) << n;
}

TEST(TrackFusionTest, ALoudConsonantIsUnvoiced) {
  Song song;
  for (size_t n = 160; n < 176; ++n) song.fcpe[n][0].salience = 0.01F;
  for (size_t i = 100; i < 110; ++i) song.swift[i].confidence = 0.01F;
  const std::vector<Frame> frames = song.Fuse();
  for (size_t n = 162; n < 174; ++n) EXPECT_FALSE(frames[n].voiced) << n;
  EXPECT_TRUE(frames[155].voiced);
  EXPECT_TRUE(frames[180].voiced);
}

TEST(TrackFusionTest, OneDoubtfulFrameBreaksNoNote) {
  Song song;
  song.fcpe[160][0].salience = 0.3F;
  song.swift[100].confidence = 0.2F;
  for (const Frame& frame : song.Fuse()) EXPECT_TRUE(frame.voiced);
}

TEST(TrackFusionTest, WhatTheNetsDidNotSeeIsUnvoiced) {
  const std::vector<Frame> frames = Song().Fuse(kFrames + 30);
  ASSERT_EQ(frames.size(), kFrames + 30);
  for (size_t n = kFrames + 2; n < frames.size(); ++n) {
    EXPECT_FALSE(frames[n].voiced);
    EXPECT_EQ(frames[n].level_db, -120);
  }
  EXPECT_TRUE(FuseTracks({}, {}, {}, {}, 0).empty());
  for (const Frame& frame : FuseTracks({}, {}, {}, {}, 20)) EXPECT_FALSE(frame.voiced);
}

}  // namespace
}  // namespace stemscribe::vocals
