#include "app/cli/result_document.h"

#include <boost/json.hpp>

#include "app/version.h"
#include "audio/probe.h"
#include "base/cpu.h"
#include "base/error.h"
#include "pipeline/artefacts.h"

namespace stemscribe::app {
namespace {

namespace json = boost::json;

bool UsesTask(const pipeline::Options& options, const std::string& task) {
  if (task == "rhythm") return true;
  if (task == "chords") return options.Wants(pipeline::Stage::kChords);
  const bool pitch = options.Wants(pipeline::Stage::kTranscription);
  if (task == "separation") return pitch || options.Wants(pipeline::Stage::kSeparation);
  return pitch;  // pitch, voicing
}

}  // namespace

json::object DescribeInput(const std::filesystem::path& song) {
  const audio::ProbeResult probe = audio::Probe(song);
  if (!probe.decodable) throw Error(ErrorCode::kInvalidAudioFile, probe.why_not);
  return audio::ToJson(probe);
}

json::object MakeResultDocument(const pipeline::Result& result, const pipeline::Options& options,
                                const nn::Manifest& manifest, const json::object& input) {
  json::object document{{"version", 1}, {"stemscribe_version", kVersion}, {"input", input}};
  for (auto& field : pipeline::ResultToJson(result)) document[field.key()] = field.value();
  json::array stages;
  for (const pipeline::Stage stage : pipeline::kAllStages) {
    if (options.Wants(stage)) stages.emplace_back(pipeline::StageName(stage));
  }
  document["stages"] = std::move(stages);
  json::array models;
  for (const nn::ModelEntry& entry : manifest.entries()) {
    if (!UsesTask(options, entry.task)) continue;
    models.push_back({{"name", entry.name},
                      {"version", entry.version},
                      {"licence", entry.licence},
                      {"sha256", entry.sha256}});
  }
  document["models"] = std::move(models);
  document["cores"] = AvailableCores();
  return document;
}

}  // namespace stemscribe::app
