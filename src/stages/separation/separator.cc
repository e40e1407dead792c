#include "stages/separation/separator.h"

#include "base/error.h"
#include "stages/separation/dsp_splitter.h"
#include "stages/separation/in_parallel.h"
#include "stages/separation/net_splitter.h"
#include "stages/separation/stem_separator.h"
#include "stages/separation/vocal_masker.h"

namespace stemscribe::separation {

SplitterKind ParseSplitter(std::string_view name) {
  if (name == "net") return SplitterKind::kNet;
  if (name == "dsp") return SplitterKind::kDsp;
  throw Error(ErrorCode::kInvalidArgument, "unknown splitter",
              {{"splitter", "must be net or dsp"}});
}

std::unique_ptr<InstrumentalSplitter> MakeSplitter(const nn::Manifest& manifest, nn::Engine& engine,
                                                   const SeparatorParams& params) {
  if (params.splitter == SplitterKind::kDsp) return std::make_unique<DspSplitter>();
  const nn::ModelEntry& entry = manifest.Find("splitter");
  return std::make_unique<NetSplitter>(engine.Load(entry), "stemscribe-splitter " + entry.version,
                                       params.overlap_frames);
}

std::unique_ptr<Separator> MakeSeparator(const nn::Manifest& manifest, nn::Engine& engine,
                                         const SeparatorParams& params) {
  const nn::ModelEntry& vocals_entry = manifest.Find("spleeter-vocals");
  const nn::ModelEntry& accompaniment_entry = manifest.Find("spleeter-accompaniment");
  std::unique_ptr<nn::Model> vocals;
  std::unique_ptr<nn::Model> accompaniment;
  std::unique_ptr<InstrumentalSplitter> splitter;
  InParallel([&] { vocals = engine.Load(vocals_entry); },
             [&] {
               accompaniment = engine.Load(accompaniment_entry);
               splitter = MakeSplitter(manifest, engine, params);
             });
  return std::make_unique<StemSeparator>(
      std::make_unique<VocalMasker>(std::move(vocals), std::move(accompaniment),
                                    params.overlap_frames),
      std::move(splitter), params.extend_mask, "spleeter-2stems " + vocals_entry.version);
}

}  // namespace stemscribe::separation
