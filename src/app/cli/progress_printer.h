// Progress for people: a bar on a terminal, plain lines elsewhere; and for programs: JSON lines on
// a descriptor.
#pragma once

#include <cstdio>
#include <string>

#include "pipeline/options.h"

namespace stemscribe::app {

/// One song's progress. Calls must not overlap (ProgressMeter sees to that).
class ProgressPrinter {
 public:
  /// `stream`: nullptr for none. `progress_fd`: -1 for none.
  ProgressPrinter(std::FILE* stream, int progress_fd, std::string song);

  void Print(const pipeline::Progress& progress);

  /// Ends the bar's line.
  void Finish();

 private:
  void PrintBar(const pipeline::Progress& progress);
  void PrintLine(const pipeline::Progress& progress);
  void PrintJson(const pipeline::Progress& progress);

  std::FILE* stream_;
  int progress_fd_;
  const std::string song_;
  const bool is_terminal_;
  double next_line_percent_ = 0;
};

/// "45 s", "3 min 20 s", "1 h 5 min".
std::string FormatDuration(double seconds);

}  // namespace stemscribe::app
