// Which number format a model runs in. Pure functions, thread-safe.
#pragma once

#include "nn/model.h"

namespace stemscribe::nn {

/// True if the CPU multiplies bfloat16 natively (AVX512-BF16). Emulation, which engines offer
/// elsewhere, is no gain.
bool CpuSupportsBf16();

/// Whether a model shall run in bf16 rather than f32. `bf16_safe`: what the manifest says of it.
/// Throws Error{kInvalidArgument} for kBf16 on a CPU without it.
bool ChooseBf16(Precision precision, bool bf16_safe, bool cpu_supports_bf16);

}  // namespace stemscribe::nn
