#include "queue/redis_queue.h"

#include <gmock/gmock.h>

#include <chrono>
#include <set>
#include <thread>

#include "base/error.h"
#include "queue/redis_test_server.h"

namespace stemscribe::queue {
namespace {

using jobs::Announcement;
using jobs::Milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Milliseconds kSoon{20};
constexpr Milliseconds kLong{std::chrono::seconds(60)};

jobs::QueuedJobs Queued(const std::vector<std::string>& ids, size_t page_size = 1000) {
  return {.count = [ids] { return static_cast<int64_t>(ids.size()); },
          .next_page =
              [ids, page_size, start = size_t{0}]() mutable {
                const size_t end = std::min(ids.size(), start + page_size);
                const std::vector<std::string> page(ids.begin() + std::ptrdiff_t(start),
                                                    ids.begin() + std::ptrdiff_t(end));
                start = end;
                return page;
              }};
}

class RedisQueueTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(server_.server().is_running()) << "run tools/setup.sh test: Redis is missing";
  }

  RedisQueueSettings Settings(const std::string& consumer) const {
    RedisQueueSettings settings{.redis = server_.Settings(), .consumer = consumer};
    settings.reconcile_interval = Milliseconds(1);
    return settings;
  }

  /// The first announcement; a queue that has just been wiped gives none at first.
  static std::string Next(RedisQueue& queue) {
    std::string id;
    EXPECT_TRUE(Eventually([&] {
      const auto announcement = queue.Wait(kSoon, {});
      if (announcement) id = announcement->job_id;
      return announcement.has_value();
    }));
    return id;
  }

  std::vector<std::string> Drain(RedisQueue& queue) {
    std::vector<std::string> ids;
    while (const auto announcement = queue.Wait(kSoon, {})) {
      ids.push_back(announcement->job_id);
      queue.Done(*announcement);
    }
    return ids;
  }

  RedisTestServer server_;
  RedisClient client_{server_.Settings()};
};

TEST_F(RedisQueueTest, EachAnnouncementGoesToOneWorkerInOrder) {
  RedisQueue left(Settings("left"));
  RedisQueue right(Settings("right"));
  left.Reconcile(Queued({"a", "b", "c"}));
  const auto first = left.Wait(kLong, {});
  const auto second = right.Wait(kLong, {});
  const auto third = left.Wait(kLong, {});
  EXPECT_EQ(first->job_id, "a");
  EXPECT_EQ(second->job_id, "b");
  EXPECT_EQ(third->job_id, "c");
  EXPECT_FALSE(right.Wait(kSoon, {}));
  EXPECT_EQ(left.Stats()->pending, 3);
  for (const auto& announcement : {first, second, third}) left.Done(*announcement);
  EXPECT_EQ(left.Stats()->pending, 0);
  EXPECT_EQ(left.Stats()->lag, 0);
}

TEST_F(RedisQueueTest, AnAnnouncementWakesAWaiterAndAStopEndsTheWaiting) {
  RedisQueue queue(Settings("me"));
  queue.Reconcile(Queued({}));
  std::jthread announcer([&] { queue.Announce("a"); });
  EXPECT_EQ(queue.Wait(kLong, {})->job_id, "a");
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_FALSE(queue.Wait(kLong, stop.get_token()));
}

TEST_F(RedisQueueTest, WhatWasAnnouncedBeforeTheFirstWorkerCameIsKept) {
  RedisQueue queue(Settings("me"));
  queue.Announce("a");
  EXPECT_EQ(Next(queue), "a");
}

TEST_F(RedisQueueTest, TheMessageOfADeadWorkerGoesToAnother) {
  RedisQueueSettings settings = Settings("dead");
  settings.idle_limit = Milliseconds(200);
  {
    RedisQueue dead(settings);
    dead.Reconcile(Queued({"a"}));
    EXPECT_EQ(dead.Wait(kLong, {})->job_id, "a");
  }
  settings.consumer = "alive";
  RedisQueue alive(settings);
  EXPECT_EQ(Next(alive), "a");
}

TEST_F(RedisQueueTest, TheMessageOfALiveWorkerStaysItsOwn) {
  RedisQueueSettings settings = Settings("busy");
  settings.idle_limit = Milliseconds(400);
  RedisQueue busy(settings);
  settings.consumer = "idle";
  RedisQueue idle(settings);
  busy.Reconcile(Queued({"a"}));
  EXPECT_EQ(busy.Wait(kLong, {})->job_id, "a");
  int num_keeps = 0;
  Milliseconds last{0};
  // Until it was kept alive a few times: its idle time fell back.
  EXPECT_TRUE(Eventually([&] {
    EXPECT_FALSE(idle.Wait(Milliseconds(1), {}));
    const RedisReply pending =
        client_.Call({"XPENDING", "stemscribe:jobs", "workers", "-", "+", "1"});
    const Milliseconds now(pending.items.at(0).items.at(2).number);
    EXPECT_EQ(pending.items[0].items[1].text, "busy");
    EXPECT_EQ(pending.items[0].items[3].number, 1) << "deliveries";
    if (now < last) ++num_keeps;
    last = now;
    return num_keeps >= 3;
  }));
}

TEST_F(RedisQueueTest, ReconcilingAnnouncesOnlyWhatIsNotAnnounced) {
  RedisQueue queue(Settings("me"));
  queue.Reconcile(Queued({"a", "b"}));
  std::this_thread::sleep_for(Milliseconds(2));  // past the turn of the first
  queue.Reconcile(Queued({"a", "b", "c"}));
  EXPECT_THAT(Drain(queue), ElementsAre("a", "b", "c"));
}

TEST_F(RedisQueueTest, HoweverManyJobsWaitEachIsAnnouncedOnce) {
  std::vector<std::string> ids;
  for (int i = 0; i < 12'000; ++i) ids.push_back(std::to_string(i));
  const std::vector<std::string> some(ids.begin(), ids.begin() + 7'000);
  RedisQueue queue(Settings("me"));
  for (const auto& queued : {some, ids, ids}) {
    std::this_thread::sleep_for(Milliseconds(2));  // past the turn of the last
    queue.Reconcile(Queued(queued));
  }
  std::set<std::string> announced;
  const RedisReply messages = client_.Call({"XRANGE", "stemscribe:jobs", "-", "+"});
  for (const RedisReply& message : messages.items) announced.insert(message.items[1].items[1].text);
  EXPECT_EQ(messages.items.size(), ids.size());
  EXPECT_EQ(announced.size(), ids.size());
  EXPECT_EQ(queue.Stats()->lag, 12'000);
}

TEST_F(RedisQueueTest, AWipedServerIsHealed) {
  RedisQueue queue(Settings("me"));
  queue.Reconcile(Queued({"a", "b"}));
  const auto taken = queue.Wait(kLong, {});
  client_.Call({"FLUSHALL"});
  queue.Done(*taken);
  EXPECT_THAT(Drain(queue), IsEmpty());
  queue.Reconcile(Queued({"b"}));
  EXPECT_THAT(Drain(queue), ElementsAre("b"));
}

TEST_F(RedisQueueTest, AWipeWhileAWorkerWaitsIsHealed) {
  RedisQueue queue(Settings("me"));
  queue.Reconcile(Queued({}));
  std::jthread wiper([&] {
    client_.Call({"FLUSHALL"});
    queue.Reconcile(Queued({"a"}));
  });
  EXPECT_EQ(Next(queue), "a");
}

TEST_F(RedisQueueTest, AServerThatIsAwayDoesNoHarm) {
  std::vector<std::string> errors;
  RedisQueue queue(Settings("me"), nullptr,
                   [&](const std::string& what) { errors.push_back(what); });
  queue.Reconcile(Queued({"a"}));
  const auto taken = queue.Wait(kLong, {});
  server_.server().Kill();
  EXPECT_THROW(queue.CheckHealth(), Error);
  queue.Announce("b");
  queue.Done(*taken);
  queue.Reconcile(Queued({"b"}));
  EXPECT_FALSE(queue.Wait(kSoon, {}));
  EXPECT_FALSE(errors.empty());
  ASSERT_TRUE(server_.server().Start());  // empty: it saves nothing
  EXPECT_TRUE(Eventually([&] {
    queue.Reconcile(Queued({"b"}));
    const auto announcement = queue.Wait(kSoon, {});
    return announcement && announcement->job_id == "b";
  }));
  queue.CheckHealth();
}

TEST_F(RedisQueueTest, AServerThatHangsIsGivenUp) {
  RedisQueueSettings settings = Settings("me");
  settings.redis.timeout = Milliseconds(100);
  RedisQueue queue(settings);
  queue.CheckHealth();
  server_.server().Signal(SIGSTOP);
  EXPECT_THROW(queue.CheckHealth(), Error);
  EXPECT_FALSE(queue.Wait(kSoon, {}));
  server_.server().Signal(SIGCONT);
  EXPECT_TRUE(Eventually([&] {
    queue.Reconcile(Queued({"a"}));
    return queue.Wait(kSoon, {}).has_value();
  }));
}

TEST_F(RedisQueueTest, TheStreamDoesNotGrowForEver) {
  RedisQueue queue(Settings("me"));
  queue.Reconcile(Queued({}));
  for (int i = 0; i < 500; ++i) queue.Announce(std::to_string(i));
  const auto held = queue.Wait(kLong, {});
  EXPECT_THAT(Drain(queue), SizeIs(499));
  const auto length_after_reconciling = [&] {
    std::this_thread::sleep_for(Milliseconds(2));
    queue.Reconcile(Queued({}));
    return client_.Call({"XLEN", "stemscribe:jobs"}).number;
  };
  EXPECT_EQ(length_after_reconciling(), 500) << "the oldest is in work";
  queue.Done(*held);
  EXPECT_LE(length_after_reconciling(), 1);
  queue.Announce("next");
  EXPECT_EQ(queue.Stats()->lag, 1) << "KEDA scales by this";
  EXPECT_THAT(Drain(queue), ElementsAre("next"));
}

/// As the table: entries are held for who took them.
class MemoryOutbox final : public jobs::Outbox {
 public:
  void Put(const std::string& job_id, bool is_dead) {
    std::lock_guard lock(mutex_);
    entries_.push_back({.id = ++last_id_, .job_id = job_id, .is_dead = is_dead});
  }
  std::vector<jobs::OutboxEntry> TakeOutbox(int limit, Milliseconds) override {
    std::lock_guard lock(mutex_);
    auto taken = entries_;
    if (taken.size() > static_cast<size_t>(limit)) taken.resize(static_cast<size_t>(limit));
    return taken;
  }
  void OutboxDone(const std::vector<int64_t>& ids) override {
    std::lock_guard lock(mutex_);
    std::erase_if(entries_, [&](const jobs::OutboxEntry& entry) {
      return std::find(ids.begin(), ids.end(), entry.id) != ids.end();
    });
  }
  bool is_empty() {
    std::lock_guard lock(mutex_);
    return entries_.empty();
  }

 private:
  std::mutex mutex_;
  std::vector<jobs::OutboxEntry> entries_;
  int64_t last_id_ = 0;
};

TEST_F(RedisQueueTest, TheOutboxIsEmptiedAlsoIfRedisWasAway) {
  MemoryOutbox outbox;
  RedisQueueSettings settings = Settings("me");
  settings.relay.interval = Milliseconds(10);
  server_.server().Kill();
  RedisQueue queue(settings, &outbox);
  outbox.Put("a", false);
  outbox.Put("b", true);
  queue.Announce("a");
  EXPECT_THROW(queue.CheckHealth(), Error);
  EXPECT_FALSE(outbox.is_empty());
  ASSERT_TRUE(server_.server().Start());
  EXPECT_TRUE(Eventually([&] { return outbox.is_empty(); }));
  EXPECT_EQ(Next(queue), "a");
  EXPECT_EQ(queue.Stats()->dead, 1);
  EXPECT_FALSE(queue.Wait(kSoon, {}));
  outbox.Put("c", false);  // its process died before it said so
  EXPECT_EQ(Next(queue), "c");
}

}  // namespace
}  // namespace stemscribe::queue
