#include "base/cpu.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace stemscribe {
namespace {

std::vector<int> AllowedCores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cores;
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return cores;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &set)) cores.push_back(core);
  }
  return cores;
}

}  // namespace

int AvailableCores() { return std::max(1, static_cast<int>(AllowedCores().size())); }

void LimitCores(int num_cores) {
  const std::vector<int> cores = AllowedCores();
  const size_t wanted = static_cast<size_t>(std::max(1, num_cores));
  if (wanted >= cores.size()) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  const size_t first = static_cast<size_t>(getpid()) % cores.size();
  for (size_t i = 0; i < wanted; ++i) CPU_SET(cores[(first + i) % cores.size()], &set);
  sched_setaffinity(0, sizeof(set), &set);
}

}  // namespace stemscribe
