#include "stages/rhythm/beat_path.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace stemscribe::rhythm {
namespace {

constexpr double kTightness = 100;  // cost of a squared log ratio of distance to period
constexpr ptrdiff_t kNone = -1;

}  // namespace

std::vector<size_t> BeatPath(std::span<const float> envelope, std::span<const float> periods) {
  const auto size = static_cast<ptrdiff_t>(envelope.size());
  std::vector<double> total(envelope.size());
  std::vector<ptrdiff_t> from(envelope.size(), kNone);
  for (ptrdiff_t n = 0; n < size; ++n) {
    const double period = periods[static_cast<size_t>(n)];
    const ptrdiff_t nearest = n - std::lround(period / 2);
    const ptrdiff_t farthest = n - std::lround(period * 2);
    double top = 0;
    for (ptrdiff_t i = std::max<ptrdiff_t>(farthest, 0); i <= nearest; ++i) {
      const double ratio = std::log(static_cast<double>(n - i) / period);
      const double score = total[static_cast<size_t>(i)] - kTightness * ratio * ratio;
      if (score <= top) continue;
      top = score;
      from[static_cast<size_t>(n)] = i;
    }
    total[static_cast<size_t>(n)] = top + envelope[static_cast<size_t>(n)];
  }
  if (size == 0) return {};
  // The last beat: the best end within the last period or so.
  const auto reach = static_cast<ptrdiff_t>(periods.back() * 1.5F);
  const auto end =
      std::max_element(total.begin() + std::max<ptrdiff_t>(0, size - reach), total.end());
  std::vector<size_t> beats;
  for (ptrdiff_t n = end - total.begin(); n != kNone; n = from[static_cast<size_t>(n)]) {
    beats.push_back(static_cast<size_t>(n));
  }
  std::reverse(beats.begin(), beats.end());
  return beats;
}

}  // namespace stemscribe::rhythm
