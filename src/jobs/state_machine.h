// The states of a job and the only ways between them, as one table. Implementations of
// JobRepository load a job, Apply an event, and store it on the condition that its version is still
// the same.
//
//   queued ──claim──> processing ──decide──> processing, publishing ──finish──> completed
//     ^ │                │  │ └────fail────> failed
//     │ └──cancel──┐     │  └─cancelled by the worker──> cancelled
//     └─── release / retry / drain            ^
//                  └──────────────────────────┘
//
// An operator may queue a failed or cancelled job again (requeue).
//
// "publishing" is a flag of processing: from there a job can only complete (or be deleted).
#pragma once

#include <optional>

#include "jobs/job.h"

namespace stemscribe::jobs {

enum class JobEvent {
  kClaim,          // a worker takes it, with a lease
  kDecide,         // its owner commits the result, before the files are moved into place
  kFinish,         // the files are in place
  kFail,           // its owner gives up, or its tries are used up
  kCancelQueued,   // the user cancels before a worker took it
  kCancelRunning,  // its owner has stopped on the user's wish
  kReturn,         // back to the queue: lease ran out, crash-like failure, or drain
  kRequeue,        // an operator gives an ended job its tries back
};

struct JobState {
  JobStatus status = JobStatus::kQueued;
  bool publishing = false;

  bool operator==(const JobState&) const = default;
};

/// The state after `event`; nullopt if the event is refused in `state`.
std::optional<JobState> Next(JobState state, JobEvent event);

/// Makes `event` happen to `job`: the state, and all fields that follow from it (times, lease,
/// stage, progress). Throws Error{kConflict} if it is refused.
void Apply(Job& job, JobEvent event, TimePoint now);

}  // namespace stemscribe::jobs
