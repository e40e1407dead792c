// What a person reads after a song was transcribed.
#pragma once

#include <cstdio>
#include <filesystem>
#include <string>

#include "pipeline/options.h"

namespace stemscribe::app {

void PrintSummary(std::FILE* stream, const std::string& song, const std::filesystem::path& folder,
                  const pipeline::Result& result);

/// "A4", "Bb2": the nearest note of a MIDI number.
std::string NoteName(double midi);

}  // namespace stemscribe::app
