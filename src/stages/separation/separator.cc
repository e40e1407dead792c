#include "stages/separation/separator.h"

#include "base/error.h"
#include "stages/separation/blend_splitter.h"
#include "stages/separation/dsp_splitter.h"
#include "stages/separation/in_parallel.h"
#include "stages/separation/net_splitter.h"
#include "stages/separation/stem_separator.h"
#include "stages/separation/vocal_masker.h"

namespace stemscribe::separation {
namespace {

constexpr float kNetShare = 0.85F;  // docs/EVALUATION.md

}  // namespace

SplitterKind ParseSplitter(std::string_view name) {
  if (name == "blend") return SplitterKind::kBlend;
  if (name == "net") return SplitterKind::kNet;
  if (name == "dsp") return SplitterKind::kDsp;
  throw Error(ErrorCode::kInvalidArgument, "unknown splitter",
              {{"splitter", "must be blend, net or dsp"}});
}

std::unique_ptr<InstrumentalSplitter> MakeSplitter(const nn::Manifest& manifest, nn::Engine& engine,
                                                   const SeparatorParams& params) {
  if (params.splitter == SplitterKind::kDsp) return std::make_unique<DspSplitter>();
  const nn::ModelEntry& entry = manifest.Find("splitter");
  auto net = std::make_unique<NetSplitter>(
      engine.Load(entry), "stemscribe-splitter " + entry.version, params.overlap_frames);
  if (params.splitter == SplitterKind::kNet) return net;
  return std::make_unique<BlendSplitter>(std::move(net), std::make_unique<DspSplitter>(),
                                         kNetShare);
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
      std::move(splitter), params, "spleeter-2stems " + vocals_entry.version);
}

}  // namespace stemscribe::separation
