#include "jobs/state_machine.h"

#include <fmt/format.h>

#include <array>

#include "base/error.h"

namespace stemscribe::jobs {
namespace {

constexpr JobState kQueued{JobStatus::kQueued, false};
constexpr JobState kWorking{JobStatus::kProcessing, false};
constexpr JobState kPublishing{JobStatus::kProcessing, true};
constexpr JobState kCompleted{JobStatus::kCompleted, false};
constexpr JobState kFailed{JobStatus::kFailed, false};
constexpr JobState kCancelled{JobStatus::kCancelled, false};

struct Transition {
  JobState from;
  JobEvent event;
  JobState to;
};

constexpr std::array kTransitions = {
    Transition{kQueued, JobEvent::kClaim, kWorking},
    Transition{kQueued, JobEvent::kCancelQueued, kCancelled},
    Transition{kWorking, JobEvent::kDecide, kPublishing},
    Transition{kWorking, JobEvent::kFail, kFailed},
    Transition{kWorking, JobEvent::kCancelRunning, kCancelled},
    Transition{kWorking, JobEvent::kReturn, kQueued},
    Transition{kPublishing, JobEvent::kFinish, kCompleted},
    Transition{kFailed, JobEvent::kRequeue, kQueued},
    Transition{kCancelled, JobEvent::kRequeue, kQueued},
};

void LetGo(Job& job) {
  job.lease_owner.clear();
  job.lease_expires_at.reset();
  job.stage.reset();
  job.seconds_left.reset();
  job.cancel_requested = false;
}

}  // namespace

std::optional<JobState> Next(JobState state, JobEvent event) {
  for (const Transition& transition : kTransitions) {
    if (transition.from == state && transition.event == event) return transition.to;
  }
  return std::nullopt;
}

void Apply(Job& job, JobEvent event, TimePoint now) {
  const std::optional<JobState> next = Next({job.status, job.publishing}, event);
  if (!next) {
    throw Error(ErrorCode::kConflict, fmt::format("the job is {}{}", StatusName(job.status),
                                                  job.publishing ? ", its result is decided" : ""));
  }
  job.status = next->status;
  job.publishing = next->publishing;
  switch (job.status) {
    case JobStatus::kQueued:
      LetGo(job);  // the progress stays, so that nobody sees it fall
      job.started_at.reset();
      if (event != JobEvent::kRequeue) break;
      job.completed_at.reset();
      job.error_code.clear();
      job.error_message.clear();
      job.tries = 0;
      break;
    case JobStatus::kProcessing:
      if (event != JobEvent::kClaim) break;
      job.started_at = now;
      job.tries += 1;
      job.attempt += 1;
      break;
    case JobStatus::kCompleted:
      job.progress = 100;
      job.error_code.clear();
      job.error_message.clear();
      [[fallthrough]];
    case JobStatus::kFailed:
    case JobStatus::kCancelled:
      LetGo(job);
      job.completed_at = now;
      break;
  }
}

}  // namespace stemscribe::jobs
