#include "pipeline/options.h"

#include <algorithm>

#include "base/error.h"

namespace stemscribe::pipeline {

std::string_view StageName(Stage stage) {
  switch (stage) {
    case Stage::kSeparation:
      return "separation";
    case Stage::kTranscription:
      return "transcription";
    case Stage::kChords:
      return "chords";
  }
  return "";
}

Stage ParseStage(std::string_view name) {
  for (const Stage stage : kAllStages) {
    if (StageName(stage) == name) return stage;
  }
  throw Error(ErrorCode::kInvalidArgument, "no stage is called '" + std::string(name) + "'",
              {{"stages", "choose from separation, transcription, chords"}});
}

bool Options::Wants(Stage stage) const {
  return std::find(stages.begin(), stages.end(), stage) != stages.end();
}

}  // namespace stemscribe::pipeline
