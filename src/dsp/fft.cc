#include "dsp/fft.h"

#include <algorithm>
#include <string>

#include "base/error.h"

extern "C" {
#include <libavutil/mem.h>
#include <libavutil/tx.h>
}

namespace stemscribe::dsp {
namespace {

struct Tx {
  AVTXContext* context = nullptr;
  av_tx_fn run = nullptr;

  Tx(size_t size, bool inverse) {
    const float scale = inverse ? 1.0F / static_cast<float>(size) : 1.0F;
    if (av_tx_init(&context, &run, AV_TX_FLOAT_RDFT, inverse ? 1 : 0, static_cast<int>(size),
                   &scale, 0) < 0) {
      throw Error(ErrorCode::kInvalidArgument, "no FFT of size " + std::to_string(size));
    }
  }
  ~Tx() { av_tx_uninit(&context); }
  Tx(const Tx&) = delete;
  Tx& operator=(const Tx&) = delete;
};

struct AvFree {
  void operator()(void* memory) const { av_free(memory); }
};

template <typename T>
std::unique_ptr<T[], AvFree> AlignedArray(size_t size) {
  auto* memory = static_cast<T*>(av_calloc(size, sizeof(T)));
  if (memory == nullptr) throw std::bad_alloc();
  return std::unique_ptr<T[], AvFree>(memory);
}

}  // namespace

struct RealFft::Impl {
  explicit Impl(size_t size)
      : forward(size, false),
        inverse(size, true),
        real(AlignedArray<float>(size + 2)),
        bins(AlignedArray<std::complex<float>>(size / 2 + 2)) {}

  Tx forward;
  Tx inverse;
  // av_tx wants aligned memory and may overwrite its input, so it works on these.
  std::unique_ptr<float[], AvFree> real;
  std::unique_ptr<std::complex<float>[], AvFree> bins;
};

RealFft::RealFft(size_t size) : size_(size) {
  if (size < 2 || size % 2 != 0) {
    throw Error(ErrorCode::kInvalidArgument, "FFT sizes are even, not " + std::to_string(size));
  }
  impl_ = std::make_unique<Impl>(size);
}
RealFft::~RealFft() = default;
RealFft::RealFft(RealFft&&) noexcept = default;
RealFft& RealFft::operator=(RealFft&&) noexcept = default;

void RealFft::Forward(std::span<const float> in, std::span<std::complex<float>> out) {
  std::copy_n(in.begin(), size_, impl_->real.get());
  impl_->forward.run(impl_->forward.context, impl_->bins.get(), impl_->real.get(), sizeof(float));
  std::copy_n(impl_->bins.get(), num_bins(), out.begin());
}

void RealFft::Inverse(std::span<const std::complex<float>> in, std::span<float> out) {
  std::copy_n(in.begin(), num_bins(), impl_->bins.get());
  impl_->inverse.run(impl_->inverse.context, impl_->real.get(), impl_->bins.get(),
                     sizeof(std::complex<float>));
  std::copy_n(impl_->real.get(), size_, out.begin());
}

}  // namespace stemscribe::dsp
