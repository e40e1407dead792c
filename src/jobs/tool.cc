#include "jobs/tool.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <csignal>

#include "base/utf8.h"

namespace stemscribe::jobs {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

// The exit codes of the tool; app/cli/exit_code.h.
constexpr int kExitUsage = 2;
constexpr int kExitBadInput = 3;

constexpr int64_t kMaxOpenFiles = 256;
constexpr size_t kMaxReason = 500;

/// The last line of what the child said, without the name of our own file in front of it.
std::string LastLine(std::string_view text, const fs::path& input) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  const size_t start = text.find_last_of("\r\n");
  if (start != std::string_view::npos) text.remove_prefix(start + 1);
  const std::string file = input.string() + ": ";
  if (!input.empty() && text.starts_with(file)) text.remove_prefix(file.size());
  return ToPlainLine(text, kMaxReason);
}

bool Contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

std::string SignalName(int signal) {
  const char* name = sigabbrev_np(signal);
  return name ? fmt::format("SIG{}", name) : fmt::format("signal {}", signal);
}

std::string WithReason(const std::string& what, const std::string& reason) {
  return reason.empty() ? what : fmt::format("{}: {}", what, reason);
}

bool IsOutOfMemory(const ChildResult& result) {
  return Contains(result.err, "bad_alloc") || Contains(result.err, "out of memory") ||
         Contains(result.err, "annot allocate memory") ||
         // What the C library says of libraries that it could not map: one that it opens, and the
         // one that it opens for the end of a thread.
         Contains(result.err, "failed to map segment from shared object") ||
         Contains(result.err, "libgcc_s.so.1 must be installed") ||
         // What std::thread says when there is no room for another stack.
         Contains(result.err, "Resource temporarily unavailable");
}

JobFailure OutOfMemory() {
  return {ErrorCode::kProcessingFailed, "the transcription process ran out of memory", false,
          ChildFault::kMemory};
}

JobFailure ClassifySignal(const ChildResult& result) {
  if (IsOutOfMemory(result)) return OutOfMemory();
  switch (result.signal) {
    case SIGKILL:
      return {ErrorCode::kProcessingFailed,
              "the transcription process was killed by the system, most likely for want of memory",
              true, ChildFault::kMemory};
    case SIGXCPU:
      return {ErrorCode::kProcessingFailed, "the transcription took more CPU time than allowed",
              false, ChildFault::kTime};
    case SIGXFSZ:
      return {ErrorCode::kStorageLimitExceeded, "an output file became larger than allowed", false,
              ChildFault::kOutput};
    case SIGSYS:
      return {ErrorCode::kProcessingFailed,
              "the transcription process tried what its sandbox forbids", false,
              ChildFault::kSandbox};
    default:
      return {ErrorCode::kProcessingFailed,
              fmt::format("the transcription process crashed ({})", SignalName(result.signal)),
              true, ChildFault::kSignal};
  }
}

JobFailure ClassifyExit(const ChildResult& result, const std::string& reason) {
  if (result.exit_code == kExitBadInput) {
    return {ErrorCode::kInvalidAudioFile,
            reason.empty() ? "the file is no audio that can be decoded" : reason};
  }
  if (result.exit_code == kExitUsage) {
    return {ErrorCode::kInternal, WithReason("the tool did not take its options", reason)};
  }
  if (IsOutOfMemory(result)) return OutOfMemory();
  if (Contains(result.err, "No space left on device") || Contains(result.err, "disk is full")) {
    return {ErrorCode::kStorageLimitExceeded, "the disk became full during the transcription"};
  }
  const bool is_unprotected = Contains(result.err, "no sandbox:");  // app/cli/confine.cc
  const std::string what = fmt::format("the transcription failed (exit code {})", result.exit_code);
  return {ErrorCode::kProcessingFailed, WithReason(what, reason), false,
          is_unprotected ? ChildFault::kSandbox : ChildFault::kNone};
}

std::string Seconds(Milliseconds time) {
  return fmt::format("{:g} s", static_cast<double>(time.count()) / 1000);
}

std::string JoinStages(const JobOptions& options) {
  std::string names;
  for (const JobStage stage : options.stages) {
    names += names.empty() ? "" : ",";
    names += StageName(stage);
  }
  return names;
}

/// The one folder that the tool made below `out`.
ToolOutcome FindResult(const fs::path& out) {
  for (const fs::directory_entry& entry : fs::directory_iterator(out)) {
    if (!entry.is_symlink() && fs::is_regular_file(entry.path() / "result.json")) {
      return ToolDone{entry.path()};
    }
  }
  return JobFailure{ErrorCode::kInternal, "the tool ended well, but left no result", true};
}

}  // namespace

ChildSpec BaseSpec(const ToolSettings& settings) {
  ChildSpec spec;
  spec.program = settings.program;
  if (!settings.models.empty()) {
    spec.arguments = {"--models", fs::absolute(settings.models).string()};
  }
  if (!settings.sandbox.empty()) {
    spec.arguments.insert(spec.arguments.end(), {"--sandbox", settings.sandbox});
  }
  spec.environment = CleanEnvironment();
  spec.limits.address_space_bytes = settings.job_memory_bytes;
  spec.limits.cpu_sec = settings.job_cpu_sec;
  spec.limits.file_size_bytes = settings.max_output_file_bytes;
  spec.limits.num_files = kMaxOpenFiles;
  spec.limits.nice = settings.nice;
  return spec;
}

std::optional<JobProgress> ParseProgressLine(std::string_view line) {
  boost::system::error_code fault;
  const json::value value = json::parse(json::string_view(line.data(), line.size()), fault);
  if (fault || !value.is_object()) return std::nullopt;
  const json::object& object = value.as_object();
  const json::value* percent = object.if_contains("percent");
  if (!percent || !percent->is_number()) return std::nullopt;
  const auto number = percent->to_number<double>();
  if (!(number >= 0 && number <= 100)) return std::nullopt;
  JobProgress progress{.stage = {}, .percent = static_cast<int>(number), .seconds_left = {}};
  if (const json::value* stage = object.if_contains("stage"); stage && stage->is_string()) {
    progress.stage = ParseStage(std::string_view(stage->as_string()));
  }
  if (const json::value* left = object.if_contains("seconds_left"); left && left->is_number()) {
    const auto seconds = left->to_number<double>();
    if (std::isfinite(seconds) && seconds >= 0) progress.seconds_left = seconds;
  }
  return progress;
}

std::optional<JobFailure> ClassifyEnd(const ChildResult& result, const ToolSettings& settings,
                                      const fs::path& input) {
  switch (result.end) {
    case ChildEnd::kTimedOut:
      return JobFailure{ErrorCode::kProcessingFailed,
                        fmt::format("the transcription took longer than {} (JOB_TIMEOUT_MIN)",
                                    Seconds(settings.job_timeout)),
                        false, ChildFault::kTime};
    case ChildEnd::kHung:
      return JobFailure{ErrorCode::kProcessingFailed,
                        fmt::format("the transcription process hung: no progress for {}",
                                    Seconds(settings.silence_timeout)),
                        true, ChildFault::kHang};
    case ChildEnd::kOverfilled:
      return JobFailure{ErrorCode::kStorageLimitExceeded,
                        fmt::format("the job's output became larger than {} MB (JOB_OUTPUT_MB)",
                                    settings.max_output_bytes >> 20),
                        false, ChildFault::kOutput};
    case ChildEnd::kCancelled:
      return JobFailure{ErrorCode::kCancelled, "cancelled", false};
    case ChildEnd::kSignalled:
      return ClassifySignal(result);
    case ChildEnd::kExited:
      break;
  }
  if (result.exit_code == 0) return std::nullopt;
  return ClassifyExit(result, LastLine(result.err, input));
}

ToolOutcome Transcribe(const ToolSettings& settings, const JobOptions& options,
                       const fs::path& input, const fs::path& scratch,
                       const std::function<void(const JobProgress&)>& on_progress,
                       const std::stop_token& stop) {
  const fs::path home = fs::absolute(scratch);
  const fs::path out = home / "out";
  const fs::path song = fs::absolute(input);
  fs::create_directory(out);
  ChildSpec spec = BaseSpec(settings);
  spec.arguments.insert(
      spec.arguments.end(),
      {"transcribe", song.string(), "-o", out.string(), "--stages", JoinStages(options),
       "--stem-format", options.stem_format, "--bitrate", std::to_string(options.bitrate_kbps),
       "--chord-vocabulary", options.chord_vocabulary, "--quiet"});
  if (settings.threads_per_job > 0) {
    spec.arguments.insert(spec.arguments.end(),
                          {"--threads", std::to_string(settings.threads_per_job)});
  }
  spec.environment.push_back("TMPDIR=" + home.string());
  spec.working_dir = home;
  spec.output_dir = out;
  spec.limits.output_bytes = settings.max_output_bytes;
  spec.progress_fd_flag = "--progress-fd";
  std::optional<JobProgress> newest;
  spec.on_progress_line = [&](std::string_view line) {
    if (const auto progress = ParseProgressLine(line)) newest = progress;
    if (newest) on_progress(*newest);
  };
  spec.on_tick = [&] {
    if (newest) on_progress(*newest);
  };
  spec.limits.wall = settings.job_timeout;
  spec.limits.silence = settings.silence_timeout;
  try {
    const ChildResult result = RunChild(spec, stop);
    if (result.end == ChildEnd::kCancelled) return ToolCancelled{};
    if (auto failure = ClassifyEnd(result, settings, song)) return std::move(*failure);
    return FindResult(out);
  } catch (const Error& error) {  // it could not be started
    return JobFailure{error.code(), error.what(), true};
  }
}

}  // namespace stemscribe::jobs
