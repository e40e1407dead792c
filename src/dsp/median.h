// Running medians, many side by side.
#pragma once

#include <cstddef>
#include <span>

namespace stemscribe::dsp {

/// The lengths that MedianOfRows knows.
inline constexpr size_t kMedianLengths[] = {3, 5, 9, 17, 25, 31};

/// out[i] = the median of rows[0][i], rows[1][i], … for every i of `out`. With rows that are the
/// frames of a spectrogram this is a median over time; with rows that are one frame, each shifted
/// by one bin, over frequency. Sorting network (Batcher, 1968) cut down to what the middle output
/// needs, on vectors of neighbouring i. `rows`: one of kMedianLengths pointers, each to out.size()
/// values, none of them NaN. Pure, so thread-safe. Throws Error{kInvalidArgument} for another
/// number of rows.
void MedianOfRows(std::span<const float* const> rows, std::span<float> out);

}  // namespace stemscribe::dsp
