#include "dsp/window.h"

#include <cmath>
#include <numbers>

namespace stemscribe::dsp {

std::vector<float> PeriodicHann(size_t size) {
  std::vector<float> window(size);
  const double step = 2 * std::numbers::pi / static_cast<double>(size);
  for (size_t n = 0; n < size; ++n) {
    window[n] = static_cast<float>(0.5 - 0.5 * std::cos(step * static_cast<double>(n)));
  }
  return window;
}

}  // namespace stemscribe::dsp
