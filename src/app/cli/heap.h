// How the C library keeps memory.
#pragma once

namespace stemscribe::app {

/// Large blocks come from the system and go back to it as soon as they are free, and threads share
/// two heaps: with glibc's own adaptive rules, what one thread has freed is kept from the others,
/// and the tool's peak is a quarter higher (bench/pipeline.py shows it). Call first.
void GiveFreedMemoryBack();

}  // namespace stemscribe::app
