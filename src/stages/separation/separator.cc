#include "stages/separation/separator.h"

#include "stages/separation/dsp_splitter.h"
#include "stages/separation/in_parallel.h"
#include "stages/separation/stem_separator.h"
#include "stages/separation/vocal_masker.h"

namespace stemscribe::separation {

std::unique_ptr<Separator> MakeSeparator(const nn::Manifest& manifest, nn::Engine& engine,
                                         const SeparatorParams& params) {
  const nn::ModelEntry& vocals_entry = manifest.Find("spleeter-vocals");
  const nn::ModelEntry& accompaniment_entry = manifest.Find("spleeter-accompaniment");
  std::unique_ptr<nn::Model> vocals;
  std::unique_ptr<nn::Model> accompaniment;
  InParallel([&] { vocals = engine.Load(vocals_entry); },
             [&] { accompaniment = engine.Load(accompaniment_entry); });
  return std::make_unique<StemSeparator>(
      std::make_unique<VocalMasker>(std::move(vocals), std::move(accompaniment),
                                    params.overlap_frames),
      std::make_unique<DspSplitter>(), params.extend_mask,
      "spleeter-2stems " + vocals_entry.version);
}

}  // namespace stemscribe::separation
