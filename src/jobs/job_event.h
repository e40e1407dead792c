// A job as text, for the other processes of the service: they may be older or newer by one release.
#pragma once

#include <string>

#include "jobs/job.h"

namespace stemscribe::jobs {

/// JSON on one line.
std::string JobToEvent(const Job& job);

/// Throws Error{kInternal} if `text` was not made by JobToEvent.
Job JobFromEvent(const std::string& text);

}  // namespace stemscribe::jobs
