#include "jobs/job_event.h"

#include <boost/json.hpp>
#include <type_traits>

namespace stemscribe::jobs {
namespace {

namespace json = boost::json;

/// Calls visit(name, member) for each member but `status`, `stage` and `options`.
template <typename AnyJob, typename Visit>
void VisitMembers(AnyJob& job, Visit&& visit) {
  visit("id", job.id);
  visit("progress", job.progress);
  visit("seconds_left", job.seconds_left);
  visit("created_at", job.created_at);
  visit("started_at", job.started_at);
  visit("completed_at", job.completed_at);
  visit("error_code", job.error_code);
  visit("error_message", job.error_message);
  visit("input_filename", job.input_filename);
  visit("input_blob", job.input_blob);
  visit("file_size", job.file_size);
  visit("content_sha256", job.content_sha256);
  visit("duration_sec", job.duration_sec);
  visit("name", job.name);
  visit("callback_url", job.callback_url);
  visit("owner", job.owner);
  visit("trace_parent", job.trace.parent);
  visit("trace_state", job.trace.state);
  visit("program_version", job.program_version);
  visit("priority", job.priority);
  visit("tries", job.tries);
  visit("attempt", job.attempt);
  visit("lease_owner", job.lease_owner);
  visit("lease_expires_at", job.lease_expires_at);
  visit("cancel_requested", job.cancel_requested);
  visit("publishing", job.publishing);
  visit("version", job.version);
}

json::value ToValue(TimePoint time) { return time.time_since_epoch().count(); }
template <typename T>
json::value ToValue(const T& value) {
  return json::value_from(value);
}
template <typename T>
json::value ToValue(const std::optional<T>& value) {
  return value ? ToValue(*value) : json::value();
}

void FromValue(const json::value& from, TimePoint& to) {
  to = TimePoint(Milliseconds(from.to_number<int64_t>()));
}
template <typename T>
void FromValue(const json::value& from, T& to) {
  to = json::value_to<T>(from);
}
template <typename T>
void FromValue(const json::value& from, std::optional<T>& to) {
  if (from.is_null()) return;
  T value{};
  FromValue(from, value);
  to = value;
}

}  // namespace

std::string JobToEvent(const Job& job) {
  json::object object;
  VisitMembers(job, [&](const char* name, const auto& member) { object[name] = ToValue(member); });
  object["status"] = StatusName(job.status);
  if (job.stage) object["stage"] = StageName(*job.stage);
  object["options"] = ToJson(job.options);
  return json::serialize(object);
}

Job JobFromEvent(const std::string& text) {
  try {
    const json::value parsed = json::parse(text);
    const json::object& object = parsed.as_object();
    Job job;
    VisitMembers(job, [&](const char* name, auto& member) {
      if (const json::value* value = object.if_contains(name)) FromValue(*value, member);
    });
    const auto status = ParseStatus(object.at("status").as_string());
    if (!status) throw Error(ErrorCode::kInternal, "an event has an unknown status");
    job.status = *status;
    if (const json::value* stage = object.if_contains("stage")) {
      job.stage = ParseStage(stage->as_string());
    }
    job.options = OptionsFromJson(object.at("options").as_object());
    return job;
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw Error(ErrorCode::kInternal, std::string("an event is damaged: ") + error.what());
  }
}

}  // namespace stemscribe::jobs
