#include "stages/rhythm/onset_envelope.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "stages/rhythm/beat_tracker.h"

namespace stemscribe::rhythm {
namespace {

std::vector<float> EnvelopeOf(const std::vector<float>& samples) {
  OnsetEnvelope onsets;
  onsets.Push(samples);
  return onsets.Finish();
}

std::vector<float> Tone(double duration_sec, double vibrato_cents) {
  std::vector<float> samples(static_cast<size_t>(duration_sec * kRateHz));
  double phase = 0;
  for (size_t n = 0; n < samples.size(); ++n) {
    const double t = static_cast<double>(n) / kRateHz;
    const double cents = vibrato_cents * std::sin(2 * std::numbers::pi * 6 * t);
    phase += 2 * std::numbers::pi * 600 * std::exp2(cents / 1200) / kRateHz;
    samples[n] = static_cast<float>(0.5 * std::sin(phase));
  }
  return samples;
}

TEST(OnsetEnvelopeTest, PeaksWhereASoundBegins) {
  std::vector<float> samples(kRateHz / 2);
  const std::vector<float> tone = Tone(0.5, 0);
  samples.insert(samples.end(), tone.begin(), tone.end());
  const std::vector<float> envelope = EnvelopeOf(samples);
  ASSERT_EQ(envelope.size(), samples.size() / kHopSamples + 1);
  const auto peak = std::max_element(envelope.begin(), envelope.end()) - envelope.begin();
  EXPECT_NEAR(static_cast<double>(peak) * kHopSamples / kRateHz, 0.5, 0.025);
}

TEST(OnsetEnvelopeTest, VibratoIsNoOnset) {
  const std::vector<float> envelope = EnvelopeOf(Tone(2, 60));
  const float onset = *std::max_element(envelope.begin(), envelope.begin() + 10);
  const float later = *std::max_element(envelope.begin() + 20, envelope.end() - 20);
  EXPECT_LT(later, 0.1F * onset);
}

TEST(OnsetEnvelopeTest, SilenceIsZeroAndNothingIsEmpty) {
  for (const float value : EnvelopeOf(std::vector<float>(10000))) EXPECT_EQ(value, 0);
  EXPECT_TRUE(EnvelopeOf({}).empty());
}

}  // namespace
}  // namespace stemscribe::rhythm
