// The tool `stemscribe` as the service uses it, always in a child process.
#pragma once

#include <boost/json/object.hpp>
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>

#include "jobs/child_process.h"
#include "jobs/job.h"
#include "jobs/job_repository.h"

namespace stemscribe::jobs {

struct ToolSettings {
  std::filesystem::path program{};  // of `stemscribe`
  std::filesystem::path models{};   // empty: as the tool finds them
  int threads_per_job = 0;          // 0: the tool decides
  int nice = 5;
  Milliseconds job_timeout{std::chrono::hours(1)};
  Milliseconds silence_timeout{std::chrono::minutes(5)};
  Milliseconds probe_timeout{std::chrono::seconds(20)};
  int64_t job_memory_bytes = 0;  // address space; 0: no limit
  int64_t max_output_file_bytes = int64_t{8} << 30;
  int64_t max_output_bytes = int64_t{24} << 30;  // of all files of a job
  int64_t job_cpu_sec = 0;                       // of all cores together; 0: no limit
  std::string sandbox{};                         // --sandbox of the tool; empty: not given
};

/// What every child that runs the tool starts from: the program, its models, its bounds.
ChildSpec BaseSpec(const ToolSettings& settings);

/// The progress of one line that the tool wrote; nullopt for a line that is not ours.
std::optional<JobProgress> ParseProgressLine(std::string_view line);

struct ToolDone {
  std::filesystem::path
      folder{};  // with stems/, frames.json, notes.json, …, result.json as asked for
};
struct ToolCancelled {};
using ToolOutcome = std::variant<ToolDone, ToolCancelled, JobFailure>;

/// Transcribes `input` into a folder below `scratch` (which exists and is empty). Faults of the
/// child are outcomes, not exceptions. `on_progress` gets the newest again and again, so that it
/// may put off what comes too fast.
ToolOutcome Transcribe(const ToolSettings& settings, const JobOptions& options,
                       const std::filesystem::path& input, const std::filesystem::path& scratch,
                       const std::function<void(const JobProgress&)>& on_progress,
                       const std::stop_token& stop);

/// The one table from how a child ended to what the user is told; nullopt: it did its work. The
/// path of `input` is taken out of the message.
std::optional<JobFailure> ClassifyEnd(const ChildResult& result, const ToolSettings& settings,
                                      const std::filesystem::path& input);

}  // namespace stemscribe::jobs
