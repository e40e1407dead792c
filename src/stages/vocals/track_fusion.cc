#include "stages/vocals/track_fusion.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <deque>

#include "base/log_odds.h"

namespace stemscribe::vocals {
namespace {

// All weights were tuned on synthetic songs, clean and separated, with SwiftF0's weight held above
// the best fit: synthetic singers keep a steadier level than real ones.
constexpr float kJumpCostPerOctave = 8;
constexpr float kAgreementBonus = 4;
constexpr float kMaxAgreementOctaves = 50.0F / 1200;
constexpr float kMinSalience = 0.01F;
constexpr float kWeakSalience =
    0.3F;  // below this SwiftF0 may propose any pitch, above only other octaves
constexpr float kMinSwiftConfidence = 0.5F;

constexpr float kLeastLikely = 0.003F;  // that a net may say
constexpr float kSwiftWeight = 0.6F;
constexpr float kFcpeWeight = 0.2F;
constexpr float kLevelWeight = 0.121F;  // per dB against the song
constexpr float kDecayWeight = 0.125F;  // per dB against the recent past
constexpr float kBias = 4.484F;
constexpr float kMaxOverSongDb = -10;   // louder than this says no more about voicing
constexpr float kLeakOverSongDb = -25;  // what is weaker than this is likely a leak
constexpr float kLeakWeight = 0.2F;     // per dB below
constexpr float kMinOverPastDb = -30;
constexpr size_t kPastFrames = 30;
constexpr float kQuietestSongDb = -45;  // an instrumental song's leaks are no singer
constexpr size_t kMinSungFrames = 20;
constexpr float kSwitchCost = 1;
// An instrument's leaks: what the separation leaves of a singer is seldom so far below the mix.
constexpr float kLeastOverMixDb = -14;
constexpr float kMostDoubt = 8;
constexpr size_t kRestFrames = 300;

constexpr size_t kNumReadings = FcpeFrame{}.size() + 1;  // FCPE's and SwiftF0's

struct Evidence {
  FcpeFrame fcpe;
  SwiftFrame swift;
  float level_db = -120;
};

struct Reading {
  float octave = 0;  // log2 of the pitch in Hz
  float score = 0;
  float trust = 0;  // 0 … 1
  bool exists = false;
};
using Readings = std::array<Reading, kNumReadings>;

std::vector<Evidence> Align(std::span<const FcpeFrame> fcpe, std::span<const SwiftFrame> swift,
                            std::span<const float> levels_db, size_t num_frames) {
  constexpr double kSwiftFramesPerFrame = static_cast<double>(kHopSamples) / kSwiftHopSamples;
  std::vector<Evidence> evidence(num_frames);
  for (size_t n = 0; n < num_frames; ++n) {
    Evidence& e = evidence[n];
    if (n < fcpe.size()) e.fcpe = fcpe[n];
    if (n < levels_db.size()) e.level_db = levels_db[n];
    if (swift.empty() || n >= levels_db.size()) continue;
    const double at = std::min(static_cast<double>(n) * kSwiftFramesPerFrame,
                               static_cast<double>(swift.size() - 1));
    const auto left = static_cast<size_t>(at);
    const size_t right = std::min(left + 1, swift.size() - 1);
    const auto fraction = static_cast<float>(at - static_cast<double>(left));
    e.swift.confidence = std::lerp(swift[left].confidence, swift[right].confidence, fraction);
    e.swift.hz = swift[fraction < 0.5F ? left : right].hz;
  }
  return evidence;
}

bool Agree(float octave_a, float octave_b) {
  return std::abs(octave_a - octave_b) < kMaxAgreementOctaves;
}

Readings ReadingsOf(const Evidence& e) {
  Readings readings;
  for (size_t i = 0; i < e.fcpe.size(); ++i) {
    const PitchCandidate& candidate = e.fcpe[i];
    if (candidate.hz <= 0) continue;
    const float octave = std::log2(candidate.hz);
    const float from_best = octave - (i == 0 ? octave : readings[0].octave);
    if (!Agree(from_best, std::round(from_best))) continue;
    readings[i] = {octave, std::log(std::max(candidate.salience, kMinSalience)), candidate.salience,
                   true};
  }
  if (e.swift.confidence <= kMinSwiftConfidence || e.swift.hz <= 0) return readings;
  const float swift_octave = std::log2(e.swift.hz);
  const float apart = swift_octave - readings[0].octave;
  if (!readings[0].exists || readings[0].trust < kWeakSalience || Agree(apart, std::round(apart))) {
    readings.back() = {swift_octave, std::log(kMinSalience), e.swift.confidence, true};
    for (Reading& reading : readings) {
      if (!reading.exists || !Agree(reading.octave, swift_octave)) continue;
      reading.score += kAgreementBonus * e.swift.confidence;
      reading.trust = std::max(reading.trust, e.swift.confidence);
    }
  }
  return readings;
}

/// The index of the reading that the best path takes at every frame.
std::vector<uint8_t> BestReadings(const std::vector<Readings>& frames) {
  constexpr float kNever = -1e30F;
  std::vector<std::array<uint8_t, kNumReadings>> from(frames.size());
  std::array<float, kNumReadings> best{};
  for (size_t n = 0; n < frames.size(); ++n) {
    std::array<float, kNumReadings> next{};
    for (size_t to = 0; to < kNumReadings; ++to) {
      const Reading& reading = frames[n][to];
      float top = kNever;
      for (size_t i = 0; i < kNumReadings; ++i) {
        float score = best[i];
        if (n > 0 && reading.exists && frames[n - 1][i].exists) {
          const float jump = std::abs(reading.octave - frames[n - 1][i].octave);
          score -= kJumpCostPerOctave * std::min(jump, 1.0F);
        }
        if (score > top) {
          top = score;
          from[n][to] = static_cast<uint8_t>(i);
        }
      }
      const bool stands_in =
          to == 0 && !reading.exists;  // a frame without readings is passed through
      next[to] = reading.exists || stands_in ? top + reading.score : kNever;
    }
    best = next;
    const float top = *std::max_element(best.begin(), best.end());
    for (float& score : best) score = std::max(score - top, kNever);
  }
  std::vector<uint8_t> path(frames.size());
  auto state = static_cast<uint8_t>(std::max_element(best.begin(), best.end()) - best.begin());
  for (size_t n = frames.size(); n-- > 0;) {
    path[n] = state;
    state = from[n][state];
  }
  return path;
}

/// The level that the singing seldom exceeds, from the frames that both nets are sure of.
float SongLevelDb(const std::vector<Evidence>& evidence) {
  std::vector<float> sung;
  for (const Evidence& e : evidence) {
    if (e.swift.confidence > kMinSwiftConfidence && e.fcpe[0].salience > kWeakSalience) {
      sung.push_back(e.level_db);
    }
  }
  if (sung.size() < kMinSungFrames) return kQuietestSongDb;
  const auto upper_quartile = sung.begin() + static_cast<std::ptrdiff_t>(sung.size() * 3 / 4);
  std::nth_element(sung.begin(), upper_quartile, sung.end());
  return std::max(*upper_quartile, kQuietestSongDb);
}

/// The log odds that each frame is sung.
std::vector<float> VoicingScores(const std::vector<Evidence>& evidence) {
  const float song_db = SongLevelDb(evidence);
  std::vector<float> scores(evidence.size());
  std::deque<size_t> peaks;  // of the last kPastFrames + 1 levels, falling
  for (size_t n = 0; n < evidence.size(); ++n) {
    const Evidence& e = evidence[n];
    while (!peaks.empty() && evidence[peaks.back()].level_db <= e.level_db) peaks.pop_back();
    peaks.push_back(n);
    if (peaks.front() + kPastFrames < n) peaks.pop_front();
    const float over_song = std::min(e.level_db - song_db, kMaxOverSongDb);
    const float over_leak = std::min(over_song - kLeakOverSongDb, 0.0F);
    const float over_past = std::max(e.level_db - evidence[peaks.front()].level_db, kMinOverPastDb);
    scores[n] = kBias + kSwiftWeight * LogOdds(e.swift.confidence, kLeastLikely) +
                kFcpeWeight * LogOdds(e.fcpe[0].salience, kLeastLikely) + kLevelWeight * over_song +
                kLeakWeight * over_leak + kDecayWeight * over_past;
  }
  return scores;
}

/// The likeliest sequence of sung and silent frames, where each change costs kSwitchCost.
std::vector<bool> SmoothVoicing(const std::vector<float>& scores) {
  // Only the difference between the states counts: how much better "sung" is than "silent" so far.
  std::vector<float> lead(scores.size());
  float previous = 0;
  for (size_t n = 0; n < scores.size(); ++n) {
    previous = std::clamp(previous, -kSwitchCost, kSwitchCost) + scores[n];
    lead[n] = previous;
  }
  std::vector<bool> voiced(scores.size());
  bool state = !lead.empty() && lead.back() > 0;
  for (size_t n = scores.size(); n-- > 0;) {
    if (state ? lead[n] < -kSwitchCost : lead[n] > kSwitchCost) state = !state;
    voiced[n] = state;
  }
  return voiced;
}

/// Makes each passage (voiced frames with no longer rests than kRestFrames between) less likely
/// sung by as many log odds as the median of its `over_mix_db` lies below kLeastOverMixDb. Not the
/// song as a whole: where somebody sings for a moment only, most that seems voiced is a leak.
void DoubtLeaks(const std::vector<bool>& voiced, std::span<const float> over_mix_db,
                std::span<float> scores) {
  const size_t num_frames = std::min(voiced.size(), over_mix_db.size());
  std::vector<float> passage;
  size_t begin = 0;
  size_t last = 0;  // voiced frame of the passage
  const auto finish = [&] {
    if (passage.empty()) return;
    const auto median = passage.begin() + static_cast<std::ptrdiff_t>(passage.size() / 2);
    std::nth_element(passage.begin(), median, passage.end());
    const float doubt = std::clamp(kLeastOverMixDb - *median, 0.0F, kMostDoubt);
    const size_t end = std::min(last + kRestFrames / 2, num_frames);
    for (size_t n = begin; n < end; ++n) scores[n] -= doubt;
    passage.clear();
  };
  for (size_t n = 0; n < num_frames; ++n) {
    if (!voiced[n]) continue;
    if (passage.empty() || n - last > kRestFrames) {
      finish();
      begin = n - std::min(n, kRestFrames / 2);
    }
    passage.push_back(over_mix_db[n]);
    last = n;
  }
  finish();
}

}  // namespace

std::vector<Frame> FuseTracks(std::span<const FcpeFrame> fcpe, std::span<const SwiftFrame> swift,
                              std::span<const float> levels_db, std::span<const float> over_mix_db,
                              size_t num_frames) {
  const std::vector<Evidence> evidence = Align(fcpe, swift, levels_db, num_frames);
  std::vector<Readings> readings(num_frames);
  std::transform(evidence.begin(), evidence.end(), readings.begin(), ReadingsOf);
  const std::vector<uint8_t> path = BestReadings(readings);
  std::vector<float> scores = VoicingScores(evidence);
  DoubtLeaks(SmoothVoicing(scores), over_mix_db, scores);
  const std::vector<bool> voiced = SmoothVoicing(scores);

  std::vector<Frame> frames(num_frames);
  for (size_t n = 0; n < num_frames; ++n) {
    const Reading& reading = readings[n][path[n]];
    Frame& frame = frames[n];
    frame.level_db = evidence[n].level_db;
    frame.confidence = reading.trust / (1 + std::exp(-scores[n]));
    frame.voiced = voiced[n] && reading.exists;
    if (frame.voiced) frame.f0_hz = std::exp2(reading.octave);
  }
  return frames;
}

}  // namespace stemscribe::vocals
