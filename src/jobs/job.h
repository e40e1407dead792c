// A job: one song on its way through the service. Plain values, copied freely.
#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/trace_context.h"
#include "jobs/clock.h"

namespace stemscribe::jobs {

enum class JobStatus { kQueued, kProcessing, kCompleted, kFailed, kCancelled };
inline constexpr std::array kAllStatuses = {JobStatus::kQueued, JobStatus::kProcessing,
                                            JobStatus::kCompleted, JobStatus::kFailed,
                                            JobStatus::kCancelled};

enum class JobStage { kSeparation, kTranscription, kChords };
inline constexpr std::array kAllStages = {JobStage::kSeparation, JobStage::kTranscription,
                                          JobStage::kChords};

/// "queued", "processing", …; Parse gives nullopt for other text.
std::string_view StatusName(JobStatus status);
std::optional<JobStatus> ParseStatus(std::string_view name);
std::string_view StageName(JobStage stage);
std::optional<JobStage> ParseStage(std::string_view name);

/// What the user asked for. The values are checked by the API; the tool checks them again.
struct JobOptions {
  std::vector<JobStage> stages{kAllStages.begin(), kAllStages.end()};
  std::string stem_format = "mp3";
  int bitrate_kbps = 192;
  std::string chord_vocabulary = "submission";

  bool operator==(const JobOptions&) const = default;
};

boost::json::object ToJson(const JobOptions& options);

/// Throws Error{kInternal} if `json` was not made by ToJson.
JobOptions OptionsFromJson(const boost::json::object& json);

struct Job {
  std::string id{};  // UUID
  JobStatus status = JobStatus::kQueued;
  std::optional<JobStage> stage{};  // while processing
  int progress = 0;                 // 0 … 100, never falls
  std::optional<double> seconds_left{};
  TimePoint created_at{};
  std::optional<TimePoint> started_at{};    // of the last try
  std::optional<TimePoint> completed_at{};  // when it became completed, failed or cancelled
  std::string error_code{};                 // ErrorCodeName; empty without error
  std::string error_message{};              // empty without error; may tell of a try that failed
  std::string input_filename{};             // as the user named it: never a path of ours
  std::string input_blob{};                 // where it is in the BlobStore
  int64_t file_size = 0;                    // bytes
  std::string content_sha256{};
  std::optional<double> duration_sec{};
  std::string name{};  // empty: none
  JobOptions options{};
  std::string callback_url{};  // empty: none
  std::string owner{};         // id of the key that made it; empty without keys
  TraceContext trace{};        // of the request that made it
  std::string program_version{};
  int priority = 0;           // higher is sooner
  int tries = 0;              // those that count
  int64_t attempt = 0;        // every claim ever; the fencing token of the lease
  std::string lease_owner{};  // instance that works on it
  std::optional<TimePoint> lease_expires_at{};
  bool cancel_requested = false;
  bool publishing = false;  // its result is decided; only files remain to be moved
  int64_t version = 1;      // grows with every change: ETag and event id

  bool IsFinal() const {
    return status == JobStatus::kCompleted || status == JobStatus::kFailed ||
           status == JobStatus::kCancelled;
  }
};

/// What is needed to create a job. The input blob must be in place already.
struct NewJob {
  std::string id{};
  std::string input_filename{};
  std::string input_blob{};
  int64_t file_size = 0;
  std::string content_sha256{};
  std::optional<double> duration_sec{};
  std::string name{};
  JobOptions options{};
  std::string callback_url{};
  std::string owner{};
  TraceContext trace{};
  std::string program_version{};
  int priority = 0;
  std::string idempotency_key{};  // empty: none. Unique per owner
  std::string fingerprint{};      // hash of all that the request asks for
};

/// What brought down the process that worked on a job; kNone where it ended by itself.
enum class ChildFault { kNone, kSignal, kMemory, kTime, kHang, kOutput, kSandbox };
inline constexpr std::array kAllChildFaults = {ChildFault::kSignal, ChildFault::kMemory,
                                               ChildFault::kTime,   ChildFault::kHang,
                                               ChildFault::kOutput, ChildFault::kSandbox};
std::string_view ChildFaultName(ChildFault fault);

/// Why a job failed.
struct JobFailure {
  ErrorCode code = ErrorCode::kProcessingFailed;
  std::string message{};
  bool retry = false;  // the fault may be ours: worth another try
  ChildFault fault = ChildFault::kNone;
};

}  // namespace stemscribe::jobs
