#include "api/process_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <sstream>

namespace stemscribe::api {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

const Histogram::BucketBoundaries kJobSeconds = {1, 2, 5, 10, 20, 40, 80, 160, 320, 640};
const Histogram::BucketBoundaries kRealTimeFactors = {0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5};

}  // namespace

struct ProcessMetrics::Impl {
  prometheus::Registry registry;

  Family<Counter>& NewCounter(const char* name, const char* help) {
    return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
  }
  Family<Gauge>& NewGauge(const char* name, const char* help) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
  }
  Family<Histogram>& NewHistogram(const char* name, const char* help) {
    return prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
  }

  Family<Gauge>& build = NewGauge("stemscribe_build_info", "Always 1; the version of the service");
  Family<Histogram>& job_seconds = NewHistogram("stemscribe_job_duration_seconds",
                                                "From start to end of a try, by what it ended in");
  Family<Histogram>& stage_seconds =
      NewHistogram("stemscribe_stage_duration_seconds", "Of the stages that were done");
  Histogram& real_time_factor =
      NewHistogram("stemscribe_job_real_time_factor",
                   "Seconds of work for a second of song, of completed jobs")
          .Add({}, kRealTimeFactors);
  Family<Counter>& failures =
      NewCounter("stemscribe_job_failures_total",
                 "Tries that failed; retry: the fault may be ours, such as a crash");
  Family<Counter>& crashes =
      NewCounter("stemscribe_child_crashes_total",
                 "Processes that were brought down while they worked on a song, by what did it");
  Family<Gauge>& database =
      NewGauge("stemscribe_database_connections", "Connections to the database");
  Family<Gauge>& redis = NewGauge("stemscribe_redis_connections", "Connections to Redis");
  Family<Gauge>& redis_up =
      NewGauge("stemscribe_redis_up", "1 if Redis answered when it was last needed, else 0");

  Counter& Crashes(const char* task, jobs::ChildFault fault) {
    return crashes.Add({{"task", task}, {"reason", std::string(jobs::ChildFaultName(fault))}});
  }
};

ProcessMetrics::ProcessMetrics(std::string_view version) : impl_(std::make_unique<Impl>()) {
  impl_->build.Add({{"version", std::string(version)}}).Set(1);
  for (const jobs::JobStage stage : jobs::kAllStages) {
    impl_->stage_seconds.Add({{"stage", std::string(jobs::StageName(stage))}}, kJobSeconds);
  }
  for (const jobs::JobStatus status : jobs::kAllStatuses) {
    if (status == jobs::JobStatus::kProcessing) continue;  // no end
    impl_->job_seconds.Add({{"status", std::string(jobs::StatusName(status))}}, kJobSeconds);
  }
  for (const jobs::ChildFault fault : jobs::kAllChildFaults) {
    impl_->Crashes("probe", fault);
    impl_->Crashes("transcribe", fault);
  }
}
ProcessMetrics::~ProcessMetrics() = default;

void ProcessMetrics::CountJobEnd(const jobs::Job& job, double duration_sec) {
  impl_->job_seconds.Add({{"status", std::string(jobs::StatusName(job.status))}}, kJobSeconds)
      .Observe(duration_sec);
  const double song_sec = job.duration_sec.value_or(0);
  if (job.status == jobs::JobStatus::kCompleted && song_sec > 0) {
    impl_->real_time_factor.Observe(duration_sec / song_sec);
  }
}

void ProcessMetrics::CountStage(jobs::JobStage stage, double duration_sec) {
  impl_->stage_seconds.Add({{"stage", std::string(jobs::StageName(stage))}}, kJobSeconds)
      .Observe(duration_sec);
}

void ProcessMetrics::CountFailure(const jobs::JobFailure& failure) {
  impl_->failures
      .Add({{"code", std::string(ErrorCodeName(failure.code))},
            {"retry", failure.retry ? "true" : "false"}})
      .Increment();
  if (failure.fault != jobs::ChildFault::kNone) {
    impl_->Crashes("transcribe", failure.fault).Increment();
  }
}

void ProcessMetrics::CountProbeFault(jobs::ChildFault fault) {
  impl_->Crashes("probe", fault).Increment();
}

void ProcessMetrics::SetDatabase(double busy, double idle) {
  impl_->database.Add({{"state", "busy"}}).Set(busy);
  impl_->database.Add({{"state", "idle"}}).Set(idle);
}

void ProcessMetrics::SetRedis(double busy, double idle, bool is_up) {
  impl_->redis.Add({{"state", "busy"}}).Set(busy);
  impl_->redis.Add({{"state", "idle"}}).Set(idle);
  impl_->redis_up.Add({}).Set(is_up ? 1 : 0);
}

prometheus::Registry& ProcessMetrics::registry() { return impl_->registry; }

std::string ProcessMetrics::Text() const {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, impl_->registry.Collect());
  return out.str();
}

}  // namespace stemscribe::api
