#include "jobs/job.h"

#include <boost/json.hpp>

namespace stemscribe::jobs {

namespace json = boost::json;

std::string_view StatusName(JobStatus status) {
  switch (status) {
    case JobStatus::kQueued:
      return "queued";
    case JobStatus::kProcessing:
      return "processing";
    case JobStatus::kCompleted:
      return "completed";
    case JobStatus::kFailed:
      return "failed";
    case JobStatus::kCancelled:
      return "cancelled";
  }
  return "";
}

std::optional<JobStatus> ParseStatus(std::string_view name) {
  for (const JobStatus status : kAllStatuses) {
    if (StatusName(status) == name) return status;
  }
  return std::nullopt;
}

std::string_view StageName(JobStage stage) {
  switch (stage) {
    case JobStage::kSeparation:
      return "separation";
    case JobStage::kTranscription:
      return "transcription";
    case JobStage::kChords:
      return "chords";
  }
  return "";
}

std::optional<JobStage> ParseStage(std::string_view name) {
  for (const JobStage stage : kAllStages) {
    if (StageName(stage) == name) return stage;
  }
  return std::nullopt;
}

std::string_view ChildFaultName(ChildFault fault) {
  switch (fault) {
    case ChildFault::kNone:
      return "none";
    case ChildFault::kSignal:
      return "signal";
    case ChildFault::kMemory:
      return "memory";
    case ChildFault::kTime:
      return "time";
    case ChildFault::kHang:
      return "hang";
    case ChildFault::kOutput:
      return "output";
    case ChildFault::kSandbox:
      return "sandbox";
  }
  return "";
}

json::object ToJson(const JobOptions& options) {
  json::array stages;
  for (const JobStage stage : options.stages) stages.emplace_back(StageName(stage));
  return {{"stages", std::move(stages)},
          {"stem_format", options.stem_format},
          {"bitrate", options.bitrate_kbps},
          {"chord_vocabulary", options.chord_vocabulary}};
}

JobOptions OptionsFromJson(const json::object& object) {
  try {
    JobOptions options;
    options.stages.clear();
    for (const json::value& name : object.at("stages").as_array()) {
      const std::optional<JobStage> stage = ParseStage(std::string_view(name.as_string()));
      if (!stage) throw Error(ErrorCode::kInternal, "stored options name an unknown stage");
      options.stages.push_back(*stage);
    }
    options.stem_format = json::value_to<std::string>(object.at("stem_format"));
    options.bitrate_kbps = object.at("bitrate").to_number<int>();
    options.chord_vocabulary = json::value_to<std::string>(object.at("chord_vocabulary"));
    return options;
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw Error(ErrorCode::kInternal, std::string("stored options are damaged: ") + error.what());
  }
}

}  // namespace stemscribe::jobs
