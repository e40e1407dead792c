#include "app/cli/heap.h"

#include <malloc.h>

namespace stemscribe::app {

void GiveFreedMemoryBack() {
  constexpr int kThresholdBytes = 128 * 1024;
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, kThresholdBytes);
  mallopt(M_TRIM_THRESHOLD, kThresholdBytes);
}

}  // namespace stemscribe::app
