#include "queue/redis_event_bus.h"

#include "base/error.h"
#include "jobs/job_event.h"

namespace stemscribe::queue {
namespace {

constexpr size_t kMaxOutgoing = 10'000;    // jobs; more than that only while Redis is away
constexpr jobs::Milliseconds kPause{500};  // after a failure
constexpr jobs::Milliseconds kPingInterval{std::chrono::seconds(10)};

}  // namespace

/// The jobs that are watched in this process.
struct RedisEventBus::Watched {
  std::mutex mutex;  // guards counts
  std::map<std::string, int> counts;
  WakeFd changed;

  void Add(const std::string& id) {
    std::lock_guard lock(mutex);
    if (++counts[id] == 1) changed.Wake();
  }
  void Remove(const std::string& id) {
    std::lock_guard lock(mutex);
    if (--counts[id] > 0) return;
    counts.erase(id);
    changed.Wake();
  }
  std::set<std::string> Ids() {
    std::lock_guard lock(mutex);
    std::set<std::string> ids;
    for (const auto& [id, count] : counts) ids.insert(id);
    return ids;
  }
};

RedisEventBus::RedisEventBus(RedisSettings settings,
                             std::function<std::optional<jobs::Job>(const std::string&)> find,
                             std::function<void(const std::string&)> on_error)
    : channel_prefix_(settings.prefix + ":job:"),
      find_(std::move(find)),
      on_error_(std::move(on_error)),
      client_(std::move(settings)),
      watched_(std::make_shared<Watched>()) {
  sender_ = std::jthread([this](const std::stop_token& stop) { Send(stop); });
  listener_ = std::jthread([this](const std::stop_token& stop) { Listen(stop); });
}

RedisEventBus::~RedisEventBus() = default;

void RedisEventBus::Report(const std::string& what) {
  if (on_error_) on_error_("events: " + what);
}

void RedisEventBus::Publish(const jobs::Job& job) {
  local_.Publish(job);
  std::lock_guard lock(mutex_);
  const auto known = outgoing_.find(job.id);
  if (known != outgoing_.end()) {
    if (known->second.version < job.version) known->second = job;
  } else if (outgoing_.size() < kMaxOutgoing) {
    outgoing_.emplace(job.id, job);
    has_outgoing_.notify_one();
  }
}

std::shared_ptr<jobs::Subscription> RedisEventBus::Subscribe(
    const std::string& job_id, std::function<void(const jobs::Job&)> on_event) {
  auto subscription = local_.Subscribe(job_id, std::move(on_event));
  watched_->Add(job_id);
  jobs::Subscription* raw = subscription.get();
  return {raw, [subscription = std::move(subscription), watched = watched_,
                job_id](jobs::Subscription*) mutable {
            subscription.reset();
            watched->Remove(job_id);
          }};
}

void RedisEventBus::Send(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::map<std::string, jobs::Job> batch;
    {
      std::unique_lock lock(mutex_);
      has_outgoing_.wait(lock, stop, [this] { return !outgoing_.empty(); });
      batch.swap(outgoing_);
    }
    try {
      for (const auto& [id, job] : batch) {
        client_.Call({"PUBLISH", channel_prefix_ + id, jobs::JobToEvent(job)});
      }
    } catch (const Error& error) {
      // What was to be told is lost; the listeners look for themselves once Redis is back.
      Report(error.what());
      std::unique_lock lock(mutex_);
      has_outgoing_.wait_for(lock, stop, kPause, [] { return false; });
    }
  }
}

void RedisEventBus::Listen(const std::stop_token& stop) {
  const std::stop_callback on_stop(stop, [this] { watched_->changed.Wake(); });
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    try {
      const auto connection = client_.Take();
      ListenOn(*connection, stop);
    } catch (const Error& error) {
      Report(error.what());
      never.wait_for(lock, stop, kPause, [] { return false; });
    }
  }
}

void RedisEventBus::ListenOn(RedisConnection& connection, const std::stop_token& stop) {
  // One channel that is always there: a connection without any would not be a listening one.
  connection.Send({"SUBSCRIBE", channel_prefix_});
  std::set<std::string> listened;
  bool is_pinged = false;
  while (!stop.stop_requested()) {
    watched_->changed.Clear();
    FollowWatched(connection, listened);
    const std::optional<RedisReply> message =
        connection.Read(kPingInterval, watched_->changed.get());
    if (message) {
      is_pinged = false;
      OnMessage(*message);
    } else if (const bool is_woken = watched_->Ids() != listened; !is_woken) {
      if (stop.stop_requested()) return;
      if (is_pinged) throw Error(ErrorCode::kUnavailable, "Redis does not answer");
      connection.Send({"PING"});
      is_pinged = true;
    }
  }
}

void RedisEventBus::FollowWatched(RedisConnection& connection,
                                  std::set<std::string>& listened) const {
  std::set<std::string> wanted = watched_->Ids();
  for (const std::string& id : wanted) {
    if (!listened.contains(id)) connection.Send({"SUBSCRIBE", channel_prefix_ + id});
  }
  for (const std::string& id : listened) {
    if (!wanted.contains(id)) connection.Send({"UNSUBSCRIBE", channel_prefix_ + id});
  }
  listened = std::move(wanted);
}

void RedisEventBus::OnMessage(const RedisReply& message) {
  if (message.items.size() < 3) return;  // an answer to PING
  const std::string& kind = message.items[0].text;
  const std::string& channel = message.items[1].text;
  if (channel.size() <= channel_prefix_.size()) return;
  if (kind == "subscribe") TellState(channel.substr(channel_prefix_.size()));
  if (kind != "message") return;
  try {
    local_.Publish(jobs::JobFromEvent(message.items[2].text));
  } catch (const Error& error) {
    Report(error.what());
  }
}

void RedisEventBus::TellState(const std::string& id) {
  try {
    if (const std::optional<jobs::Job> job = find_(id)) local_.Publish(*job);
  } catch (const Error& error) {
    Report(error.what());
  }
}

}  // namespace stemscribe::queue
