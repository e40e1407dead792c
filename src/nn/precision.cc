#include "nn/precision.h"

#include "base/error.h"

namespace stemscribe::nn {

bool CpuSupportsBf16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16") != 0;
#else
  return false;
#endif
}

bool ChooseBf16(Precision precision, bool bf16_safe, bool cpu_supports_bf16) {
  if (precision == Precision::kF32) return false;
  if (precision == Precision::kBf16 && !cpu_supports_bf16) {
    throw Error(ErrorCode::kInvalidArgument, "this CPU has no bf16: use the precision auto or f32",
                {{"precision", "bf16 needs a CPU with AVX512-BF16"}});
  }
  return bf16_safe && cpu_supports_bf16;
}

}  // namespace stemscribe::nn
