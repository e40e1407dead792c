#include "api/job_json.h"

#include <boost/json.hpp>
#include <cmath>

#include "jobs/uuid.h"

namespace stemscribe::api {
namespace {

namespace json = boost::json;

json::value Text(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

json::value Time(const std::optional<jobs::TimePoint>& time) {
  return time ? json::value(jobs::FormatUtc(*time)) : json::value(nullptr);
}

template <typename T>
json::value OrNull(const std::optional<T>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

}  // namespace

json::object JobToJson(const jobs::Job& job, ApiContext& context) {
  std::optional<int64_t> queue_position;
  if (job.status == jobs::JobStatus::kQueued) {
    queue_position = context.repository.QueuePosition(job.id);
  }
  std::optional<double> seconds_left;
  if (job.seconds_left) seconds_left = std::round(*job.seconds_left * 10) / 10;
  return {{"job_id", job.id},
          {"status", jobs::StatusName(job.status)},
          {"stage", job.stage ? json::value(jobs::StageName(*job.stage)) : json::value(nullptr)},
          {"progress", job.progress},
          {"created_at", jobs::FormatUtc(job.created_at)},
          {"started_at", Time(job.started_at)},
          {"completed_at", Time(job.completed_at)},
          {"expires_at", Time(ExpiryOf(job, context))},
          {"error_message", Text(job.error_message)},
          {"error_code", Text(job.error_code)},
          {"input_filename", job.input_filename},
          {"file_size", job.file_size},
          {"name", Text(job.name)},
          {"duration", OrNull(job.duration_sec)},
          {"queue_position", OrNull(queue_position)},
          {"seconds_left", OrNull(seconds_left)},
          {"options", jobs::ToJson(job.options)}};
}

std::optional<jobs::TimePoint> ExpiryOf(const jobs::Job& job, const ApiContext& context) {
  const jobs::Milliseconds retention = context.settings.retention;
  if (retention.count() == 0 || !job.completed_at) return std::nullopt;
  return *job.completed_at + retention;
}

}  // namespace stemscribe::api
