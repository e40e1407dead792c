#include "jobs/prober.h"

#include <boost/json.hpp>
#include <string>
#include <utility>

#include "base/error.h"

namespace stemscribe::jobs {

namespace fs = std::filesystem;
namespace json = boost::json;

ProbedAudio Probe::Wait(const std::stop_token& stop) {
  const ChildResult result = child_.Wait(stop);
  if (result.end == ChildEnd::kCancelled) throw Error(ErrorCode::kCancelled, "cancelled");
  const auto failure = ClassifyEnd(result, prober_.settings_, {});
  if (failure && failure->fault != ChildFault::kNone && prober_.on_fault_) {
    prober_.on_fault_(failure->fault);
  }
  boost::system::error_code fault;
  const json::value value = json::parse(result.out, fault);
  if (result.end != ChildEnd::kExited || fault || !value.is_object()) {
    throw Error(ErrorCode::kInvalidAudioFile, "the file cannot be read as audio");
  }
  ProbedAudio probed{.duration_sec = 0, .details = value.as_object()};
  if (result.exit_code != 0) {
    const json::value* why = probed.details.if_contains("why_not");
    throw Error(ErrorCode::kInvalidAudioFile, why && why->is_string()
                                                  ? json::value_to<std::string>(*why)
                                                  : "the file cannot be read as audio");
  }
  const json::value* duration = probed.details.if_contains("duration");
  if (duration && duration->is_number()) probed.duration_sec = duration->to_number<double>();
  return probed;
}

Prober::Prober(const ToolSettings& settings, std::function<void(ChildFault)> on_fault)
    : settings_(settings),
      on_fault_(std::move(on_fault)),
      keeper_([this](const std::stop_token& stop) { KeepSpare(stop); }) {}

Prober::~Prober() = default;

Probe Prober::Start(const fs::path& file) {
  const std::string line = fs::absolute(file).string() + "\n";
  if (std::optional<Child> spare = TakeSpare()) {
    if (spare->Send(line)) return {*this, std::move(*spare)};
  }  // else it has died meanwhile
  Child child = Launch();
  child.Send(line);
  return {*this, std::move(child)};
}

Child Prober::Launch() const {
  ChildSpec spec = BaseSpec(settings_);
  spec.arguments.insert(spec.arguments.end(), {"probe", "--from-stdin"});
  spec.takes_input = true;
  spec.limits.wall = settings_.probe_timeout;
  return Child(std::move(spec));
}

std::optional<Child> Prober::TakeSpare() {
  const std::lock_guard lock(mutex_);
  wants_spare_ = true;
  spare_taken_.notify_one();
  return std::exchange(spare_, std::nullopt);
}

void Prober::KeepSpare(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (spare_taken_.wait(lock, stop, [this] { return wants_spare_; })) {
    lock.unlock();
    std::optional<Child> child;
    try {
      child.emplace(Launch());
    } catch (const Error&) {  // NOLINT(bugprone-empty-catch): Start tries, and tells of it
    }
    lock.lock();
    wants_spare_ = false;  // who came meanwhile and found none did not take this one
    spare_ = std::move(child);
  }
}

}  // namespace stemscribe::jobs
