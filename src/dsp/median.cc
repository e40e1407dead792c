#include "dsp/median.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "base/error.h"

namespace stemscribe::dsp {
namespace {

constexpr size_t kLanes = 4;  // what every x86-64 and ARMv8 has; most values stay in registers

/// Which output of a comparator is used.
enum class Keep : unsigned char { kNeither, kMin, kMax, kBoth };

struct Comparator {
  unsigned char low = 0;
  unsigned char high = 0;
  Keep keep = Keep::kNeither;
};

/// Batcher's odd-even merge sort of N values.
template <size_t N>
struct MedianNetwork {
  static constexpr size_t kMax = 256;
  std::array<Comparator, kMax> comparators{};
  size_t count = 0;

  constexpr MedianNetwork() {
    for (size_t p = 1; p < N; p *= 2) {
      for (size_t k = p; k >= 1; k /= 2) AddRound(p, k);
    }
    DropUnused();
  }

  constexpr void AddRound(size_t p, size_t k) {
    for (size_t j = k % p; j + k < N; j += 2 * k) {
      for (size_t i = 0; i < k && i + j + k < N; ++i) {
        if ((i + j) / (2 * p) != (i + j + k) / (2 * p)) continue;
        comparators[count++] = {static_cast<unsigned char>(i + j),
                                static_cast<unsigned char>(i + j + k), Keep::kBoth};
      }
    }
  }

  // Backwards from the middle output: what nothing after it reads is not computed.
  constexpr void DropUnused() {
    std::array<bool, N> wanted{};
    wanted[N / 2] = true;
    for (size_t c = count; c-- > 0;) {
      Comparator& comparator = comparators[c];
      const bool min = wanted[comparator.low];
      const bool max = wanted[comparator.high];
      comparator.keep = min && max ? Keep::kBoth
                        : min      ? Keep::kMin
                        : max      ? Keep::kMax
                                   : Keep::kNeither;
      if (min || max) wanted[comparator.low] = wanted[comparator.high] = true;
    }
  }
};

using Lane = float __attribute__((vector_size(kLanes * sizeof(float))));

// Sorts two vectors of values lane by lane, as far as somebody wants to know.
template <Comparator kComparator>
inline void Compare(Lane* values) {
  Lane& low = values[kComparator.low];
  Lane& high = values[kComparator.high];
  const Lane min = low < high ? low : high;
  if constexpr (kComparator.keep == Keep::kMax || kComparator.keep == Keep::kBoth) {
    high = low < high ? high : low;
  }
  if constexpr (kComparator.keep == Keep::kMin || kComparator.keep == Keep::kBoth) low = min;
}

template <size_t N>
struct Median {
  static constexpr MedianNetwork<N> kNetwork{};

  template <size_t... C>
  static Lane Middle(Lane* values, std::index_sequence<C...>) {
    (Compare<kNetwork.comparators[C]>(values), ...);
    return values[N / 2];
  }

  static void Block(const float* const* rows, size_t start, float* out) {
    Lane values[N];
    for (size_t r = 0; r < N; ++r) std::memcpy(&values[r], rows[r] + start, sizeof(Lane));
    const Lane middle = Middle(values, std::make_index_sequence<kNetwork.count>());
    std::memcpy(out + start, &middle, sizeof(Lane));
  }

  static void OfRows(const float* const* rows, std::span<float> out) {
    size_t i = 0;
    for (; i + kLanes <= out.size(); i += kLanes) Block(rows, i, out.data());
    if (i < out.size() && out.size() >= kLanes) {
      Block(rows, out.size() - kLanes, out.data());  // overlaps what is done already
    } else {
      for (; i < out.size(); ++i) out[i] = One(rows, i);
    }
  }

  static float One(const float* const* rows, size_t i) {
    std::array<float, N> values;
    for (size_t r = 0; r < N; ++r) values[r] = rows[r][i];
    std::nth_element(values.begin(), values.begin() + N / 2, values.end());
    return values[N / 2];
  }
};

}  // namespace

void MedianOfRows(std::span<const float* const> rows, std::span<float> out) {
  switch (rows.size()) {
    case 3:
      return Median<3>::OfRows(rows.data(), out);
    case 5:
      return Median<5>::OfRows(rows.data(), out);
    case 9:
      return Median<9>::OfRows(rows.data(), out);
    case 17:
      return Median<17>::OfRows(rows.data(), out);
    case 25:
      return Median<25>::OfRows(rows.data(), out);
    case 31:
      return Median<31>::OfRows(rows.data(), out);
    default:
      throw Error(ErrorCode::kInvalidArgument,
                  "no median of " + std::to_string(rows.size()) + " rows");
  }
}

}  // namespace stemscribe::dsp
