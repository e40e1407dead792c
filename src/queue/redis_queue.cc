#include "queue/redis_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "base/error.h"
#include "queue/wake_fd.h"

namespace stemscribe::queue {
namespace {

constexpr char kGroup[] = "workers";
constexpr char kPage[] = "5000";  // messages that are read at once
constexpr char kAddAll[] =
    "for _, id in ipairs(ARGV) do redis.call('XADD', KEYS[1], '*', 'job', id) end";
constexpr size_t kAddAllWords = 4;  // of the command, before the first job
constexpr char kMaxDead[] = "10000";
constexpr int64_t kForgottenAfterMs = 3'600'000;

int64_t SteadyMs() {
  return std::chrono::duration_cast<jobs::Milliseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

/// The value after `name` in a flat list of names and values; nil if it is not there.
RedisReply Field(const RedisReply& list, const std::string& name) {
  for (size_t i = 0; i + 1 < list.items.size(); i += 2) {
    if (list.items[i].text == name) return list.items[i + 1];
  }
  return {};
}

/// Stream ids are "milliseconds-number".
bool IsLess(const std::string& left, const std::string& right) {
  const auto number = [](const std::string& id, bool second) {
    const size_t dash = std::min(id.find('-'), id.size());
    const std::string part = second ? id.substr(std::min(dash + 1, id.size())) : id.substr(0, dash);
    return part.empty() ? uint64_t{0} : std::stoull(part);
  };
  return std::pair(number(left, false), number(left, true)) <
         std::pair(number(right, false), number(right, true));
}

}  // namespace

RedisQueue::RedisQueue(RedisQueueSettings settings, jobs::Outbox* outbox,
                       std::function<void(const std::string&)> on_error)
    : settings_(std::move(settings)),
      stream_(settings_.redis.prefix + ":jobs"),
      dead_(settings_.redis.prefix + ":dead"),
      on_error_(std::move(on_error)),
      client_(settings_.redis) {
  if (outbox != nullptr) {
    relay_ = std::make_unique<OutboxRelay>(
        settings_.relay, *outbox, [this](const jobs::OutboxEntry& entry) { Add(entry); },
        [this](const std::string& message) { Report(message); });
  }
  keeper_ = std::jthread([this](const std::stop_token& stop) { KeepAlive(stop); });
}

RedisQueue::~RedisQueue() = default;

void RedisQueue::Report(const std::string& what) const {
  if (on_error_) on_error_("queue: " + what);
}

void RedisQueue::Add(const jobs::OutboxEntry& entry) {
  if (entry.is_dead) {
    client_.Call({"XADD", dead_, "MAXLEN", "~", kMaxDead, "*", "job", entry.job_id});
  } else {
    client_.Call({"XADD", stream_, "*", "job", entry.job_id});
  }
}

void RedisQueue::Announce(const std::string& job_id) {
  if (relay_) return relay_->Nudge();
  try {
    Add({.job_id = job_id});
  } catch (const Error& error) {
    Report(error.what());
  }
}

void RedisQueue::MakeGroup() {
  // From the first message on: some may have come before the group.
  client_.Call({"XGROUP", "CREATE", stream_, kGroup, "0", "MKSTREAM"}, "BUSYGROUP");
}

/// `messages`: [[id, [name, value…]], …]. Nil values: deleted messages.
std::optional<jobs::Announcement> RedisQueue::Keep(const RedisReply& messages) {
  if (messages.items.empty() || messages.items[0].items.size() < 2) return std::nullopt;
  const RedisReply& message = messages.items[0];
  jobs::Announcement announcement{.job_id = Field(message.items[1], "job").text,
                                  .receipt = message.items[0].text};
  std::lock_guard lock(mutex_);
  in_work_.insert(announcement.receipt);
  return announcement;
}

std::optional<jobs::Announcement> RedisQueue::TakeOver() {
  const int64_t now = SteadyMs();
  int64_t last = looked_for_dead_at_ms_;
  if (now - last < settings_.idle_limit.count() / 2) return std::nullopt;
  if (!looked_for_dead_at_ms_.compare_exchange_strong(last, now)) return std::nullopt;
  const RedisReply reply =
      client_.Call({"XAUTOCLAIM", stream_, kGroup, settings_.consumer,
                    std::to_string(settings_.idle_limit.count()), "0-0", "COUNT", "1"},
                   "NOGROUP");
  if (reply.items.size() < 2) return std::nullopt;
  auto announcement = Keep(reply.items[1]);
  if (announcement) looked_for_dead_at_ms_ = 0;  // there may be more
  return announcement;
}

std::optional<jobs::Announcement> RedisQueue::ReadNext(jobs::Milliseconds timeout,
                                                       const std::stop_token& stop) {
  const WakeFd wake;
  const std::stop_callback on_stop(stop, [&wake] { wake.Wake(); });
  const auto block = std::max(timeout, jobs::Milliseconds(1));  // 0 would be for ever
  auto connection = client_.Take();
  connection->Send({"XREADGROUP", "GROUP", kGroup, settings_.consumer, "COUNT", "1", "BLOCK",
                    std::to_string(block.count()), "STREAMS", stream_, ">"});
  const std::optional<RedisReply> reply =
      connection->Read(block + settings_.redis.timeout, wake.get());
  if (!reply) {
    if (stop.stop_requested()) return std::nullopt;  // and the connection goes, with its question
    throw Error(ErrorCode::kUnavailable, "Redis does not answer");
  }
  client_.Give(std::move(connection));
  if (reply->IsError("NOGROUP")) {  // new, or wiped
    MakeGroup();
    return std::nullopt;
  }
  if (reply->type == RedisReply::Type::kError) {
    throw Error(ErrorCode::kUnavailable, "Redis: " + reply->text);
  }
  if (reply->items.empty()) return std::nullopt;
  return Keep(reply->items[0].items.at(1));
}

std::optional<jobs::Announcement> RedisQueue::Wait(jobs::Milliseconds timeout,
                                                   const std::stop_token& stop) {
  if (stop.stop_requested()) return std::nullopt;
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  try {
    if (auto announcement = TakeOver()) return announcement;
    return ReadNext(timeout, stop);
  } catch (const Error& error) {
    Report(error.what());
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, stop, deadline, [] { return false; });
    return std::nullopt;
  }
}

void RedisQueue::Done(const jobs::Announcement& announcement) {
  {
    std::lock_guard lock(mutex_);
    in_work_.erase(announcement.receipt);
  }
  try {
    client_.Call({"XACK", stream_, kGroup, announcement.receipt});
  } catch (const Error& error) {
    Report(error.what());  // somebody takes it over, and finds nothing to do
  }
}

void RedisQueue::KeepAlive(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::vector<std::string> receipts;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, stop, settings_.idle_limit / 4, [] { return false; });
      receipts.assign(in_work_.begin(), in_work_.end());
    }
    if (receipts.empty() || stop.stop_requested()) continue;
    RedisCommand command{"XCLAIM", stream_, kGroup, settings_.consumer, "0"};
    command.insert(command.end(), receipts.begin(), receipts.end());
    command.emplace_back("JUSTID");
    try {
      client_.Call(command, "NOGROUP");
    } catch (const Error& error) {
      Report(error.what());
    }
  }
}

void RedisQueue::Reconcile(const jobs::QueuedJobs& queued) {
  try {
    const RedisReply turn =
        client_.Call({"SET", settings_.redis.prefix + ":reconciler", settings_.consumer, "NX", "PX",
                      std::to_string(settings_.reconcile_interval.count())});
    if (turn.type == RedisReply::Type::kNil) return;  // another process did it just now
    MakeGroup();
    AnnounceMissing(queued);
    Trim();
    ForgetDeadConsumers();
  } catch (const Error& error) {
    Report(error.what());
  }
}

/// The jobs of all messages behind the one with the id `last`.
std::unordered_set<std::string> RedisQueue::WaitingAfter(std::string last) {
  std::unordered_set<std::string> waiting;
  while (true) {
    const RedisReply page = client_.Call({"XRANGE", stream_, "(" + last, "+", "COUNT", kPage});
    if (page.items.empty()) return waiting;
    for (const RedisReply& message : page.items) {
      waiting.insert(Field(message.items.at(1), "job").text);
    }
    last = page.items.back().items.at(0).text;
  }
}

void RedisQueue::AnnounceMissing(const jobs::QueuedJobs& queued) {
  // The usual case: there are messages enough for all claims. A lag that Redis does not know is 0.
  const RedisReply groups = client_.Call({"XINFO", "GROUPS", stream_});
  const int64_t num_queued = queued.count();
  if (Field(groups.items.at(0), "lag").number >= num_queued) return;
  const std::unordered_set<std::string> waiting =
      WaitingAfter(Field(groups.items.at(0), "last-delivered-id").text);
  if (static_cast<int64_t>(waiting.size()) >= num_queued) return;
  for (auto page = queued.next_page(); !page.empty(); page = queued.next_page()) {
    RedisCommand add{"EVAL", kAddAll, "1", stream_};
    for (const std::string& id : page) {
      if (!waiting.contains(id)) add.push_back(id);
    }
    if (add.size() > kAddAllWords) client_.Call(add);
    // A long list takes longer than a turn.
    client_.Call({"PEXPIRE", settings_.redis.prefix + ":reconciler",
                  std::to_string(settings_.reconcile_interval.count())});
  }
}

void RedisQueue::Trim() {
  const RedisReply groups = client_.Call({"XINFO", "GROUPS", stream_});
  std::string first_needed = Field(groups.items.at(0), "last-delivered-id").text;
  const RedisReply pending = client_.Call({"XPENDING", stream_, kGroup});
  if (pending.items.size() > 1 && pending.items[1].type == RedisReply::Type::kText &&
      IsLess(pending.items[1].text, first_needed)) {
    first_needed = pending.items[1].text;
  }
  client_.Call({"XTRIM", stream_, "MINID", first_needed});
}

void RedisQueue::ForgetDeadConsumers() {
  const RedisReply consumers = client_.Call({"XINFO", "CONSUMERS", stream_, kGroup});
  for (const RedisReply& consumer : consumers.items) {
    const bool is_idle = Field(consumer, "idle").number > kForgottenAfterMs;
    if (is_idle && Field(consumer, "pending").number == 0) {
      client_.Call({"XGROUP", "DELCONSUMER", stream_, kGroup, Field(consumer, "name").text});
    }
  }
}

void RedisQueue::CheckHealth() { client_.Call({"PING"}); }

std::optional<jobs::QueueStats> RedisQueue::Stats() {
  jobs::QueueStats stats;
  const RedisReply groups = client_.Call({"XINFO", "GROUPS", stream_}, "ERR no such key");
  if (!groups.items.empty()) {
    stats.lag = Field(groups.items[0], "lag").number;
    stats.pending = Field(groups.items[0], "pending").number;
  }
  stats.dead = client_.Call({"XLEN", dead_}).number;
  return stats;
}

}  // namespace stemscribe::queue
