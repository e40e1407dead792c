// Looks at uploads with `stemscribe probe`, in child processes. One child is always started in
// advance, so that nobody waits for a program to load.
#pragma once

#include <boost/json/object.hpp>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>

#include "jobs/child_process.h"
#include "jobs/tool.h"

namespace stemscribe::jobs {

/// What `stemscribe probe` tells of a file.
struct ProbedAudio {
  double duration_sec = 0;
  boost::json::object details{};
};

class Prober;

/// A probe that runs. Its prober outlives it. Destroyed before its end, its child is killed.
class Probe {
 public:
  /// Throws Error{kInvalidAudioFile} with the reason if the file is no audio that can be decoded (a
  /// probe that crashes or takes too long counts as such), Error{kCancelled}.
  ProbedAudio Wait(const std::stop_token& stop);

 private:
  friend class Prober;
  Probe(const Prober& prober, Child child) : prober_(prober), child_(std::move(child)) {}

  const Prober& prober_;
  Child child_;
};

/// Thread-safe.
class Prober {
 public:
  /// Starts a first spare child in the background. `settings` must outlive this. `on_fault` (may be
  /// empty) is told what brought a child down, from any thread.
  explicit Prober(const ToolSettings& settings, std::function<void(ChildFault)> on_fault = {});
  ~Prober();
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;

  /// Begins to look at `file`. Throws Error{kUnavailable} if the tool cannot be started.
  Probe Start(const std::filesystem::path& file);

 private:
  friend class Probe;
  void KeepSpare(const std::stop_token& stop);
  std::optional<Child> TakeSpare();
  Child Launch() const;

  const ToolSettings& settings_;
  const std::function<void(ChildFault)> on_fault_;
  std::mutex mutex_;  // guards spare_ and wants_spare_
  std::condition_variable_any spare_taken_;
  std::optional<Child> spare_;
  bool wants_spare_ = true;
  std::jthread keeper_;  // last: it uses the others
};

}  // namespace stemscribe::jobs
