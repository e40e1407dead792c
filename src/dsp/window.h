// Analysis windows.
#pragma once

#include <cstddef>
#include <vector>

namespace stemscribe::dsp {

/// The Hann window of one period: w[n] = (1 - cos(2π n / size)) / 2, as torch.hann_window and
/// scipy.signal.get_window make it for spectral analysis.
std::vector<float> PeriodicHann(size_t size);

}  // namespace stemscribe::dsp
