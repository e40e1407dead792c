// Probabilities as evidence that can be added up.
#pragma once

#include <algorithm>
#include <cmath>

namespace stemscribe {

/// log(p / (1 - p)), where `probability` counts as `least` at least and as 1 - `least` at most.
inline float LogOdds(float probability, float least) {
  const float likely = std::clamp(probability, least, 1 - least);
  return std::log(likely / (1 - likely));
}

}  // namespace stemscribe
