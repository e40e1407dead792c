// Ids of jobs: UUIDs of version 7 (RFC 9562), so that ids made later sort later.
#pragma once

#include <string>
#include <string_view>

#include "jobs/clock.h"

namespace stemscribe::jobs {

/// A new id in its canonical text form. 74 of its bits are random. Throws Error{kInternal} if the
/// system gives no random bytes.
std::string NewUuid(TimePoint now);

/// Whether `text` is a UUID (any version) in canonical lower-case form. Check before an id is used
/// in a path.
bool IsUuid(std::string_view text);

}  // namespace stemscribe::jobs
