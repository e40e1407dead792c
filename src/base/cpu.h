// The cores that this process may use.
#pragma once

namespace stemscribe {

/// Number of cores the scheduler gives this process (its affinity), at least 1.
int AvailableCores();

/// Restricts this process, and every thread it starts later, to `num_cores` of the cores it has
/// (all of them if it has no more). Which ones depends on the process id, so that several processes
/// spread. Call before threads start.
void LimitCores(int num_cores);

}  // namespace stemscribe
