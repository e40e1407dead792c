#include "queue/redis_event_bus.h"

#include <gtest/gtest.h>

#include <atomic>

#include "base/error.h"
#include "queue/redis_test_server.h"

namespace stemscribe::queue {
namespace {

using jobs::Job;

Job MakeJob(const std::string& id, int64_t version) {
  Job job;
  job.id = id;
  job.version = version;
  return job;
}

class RedisEventBusTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(server_.server().is_running()) << "run tools/setup.sh test: Redis is missing";
  }

  /// The repository of these tests: one job.
  std::optional<Job> Find(const std::string& id) {
    std::lock_guard lock(mutex_);
    if (id != stored_.id) return std::nullopt;
    return stored_;
  }
  void Store(const Job& job) {
    std::lock_guard lock(mutex_);
    stored_ = job;
  }

  /// Whether this version comes, or a later one.
  static bool Comes(jobs::Subscription& subscription, int64_t version) {
    return Eventually([&] {
      const std::optional<Job> job = subscription.Take();
      return job && job->version >= version;
    });
  }

  RedisTestServer server_;
  std::mutex mutex_;  // guards stored_
  Job stored_;
  const std::function<std::optional<Job>(const std::string&)> find_ =
      [this](const std::string& id) { return Find(id); };
  RedisEventBus here_{server_.Settings(), find_};
  RedisEventBus there_{server_.Settings(), find_};
};

TEST_F(RedisEventBusTest, AnEventReachesAnotherProcess) {
  Store(MakeJob("a", 1));
  const auto subscription = there_.Subscribe("a", [] {});
  const auto other = there_.Subscribe("b", [] {});
  ASSERT_TRUE(Comes(*subscription, 1)) << "its state, once it is listened to";
  for (int64_t version = 2; version < 50; ++version) {
    here_.Publish(MakeJob("a", version));
    ASSERT_TRUE(Comes(*subscription, version)) << version;
  }
  EXPECT_FALSE(other->Take());
}

TEST_F(RedisEventBusTest, AnEventReachesItsOwnProcessAtOnceAndOnce) {
  std::atomic<int> num_events = 0;
  const auto mine = here_.Subscribe("a", [&] { ++num_events; });
  Store(MakeJob("a", 5));
  const auto theirs = there_.Subscribe("a", [] {});
  ASSERT_TRUE(Comes(*theirs, 5));
  here_.Publish(MakeJob("a", 6));
  EXPECT_EQ(mine->Take()->version, 6);
  ASSERT_TRUE(Comes(*theirs, 6));
  here_.Publish(MakeJob("a", 7));
  ASSERT_TRUE(Comes(*theirs, 7)) << "so its echo is over";
  EXPECT_LE(num_events, 3) << "its state, and two events";
}

TEST_F(RedisEventBusTest, WhatHappenedBeforeItWasListenedToIsTold) {
  Store(MakeJob("a", 9));  // committed, and its event sent before anybody listened
  EXPECT_TRUE(Comes(*here_.Subscribe("a", [] {}), 9));
}

TEST_F(RedisEventBusTest, WhatARestartLosesIsMadeGood) {
  Store(MakeJob("a", 1));
  const auto subscription = there_.Subscribe("a", [] {});
  ASSERT_TRUE(Comes(*subscription, 1));
  server_.server().Kill();
  Store(MakeJob("a", 2));
  here_.Publish(MakeJob("a", 2));  // into the void
  ASSERT_TRUE(server_.server().Start());
  EXPECT_TRUE(Comes(*subscription, 2));
  // And the connection is whole again.
  EXPECT_TRUE(Eventually([&, version = int64_t{3}]() mutable {
    here_.Publish(MakeJob("a", version++));
    const auto job = subscription->Take();
    return job && job->version >= 3;
  }));
}

TEST_F(RedisEventBusTest, ChannelsThatNobodyWatchesAreLeft) {
  RedisClient client(server_.Settings());
  const auto num_channels = [&] {
    return client.Call({"PUBSUB", "CHANNELS", "stemscribe:job:?*"}).items.size();
  };
  auto first = there_.Subscribe("a", [] {});
  auto second = there_.Subscribe("a", [] {});
  EXPECT_TRUE(Eventually([&] { return num_channels() == 1; }));
  first.reset();
  EXPECT_EQ(num_channels(), 1u);
  second.reset();
  EXPECT_TRUE(Eventually([&] { return num_channels() == 0; }));
}

TEST_F(RedisEventBusTest, SubscriptionsMayOutliveTheBus) {
  std::shared_ptr<jobs::Subscription> subscription;
  {
    RedisEventBus gone(server_.Settings(), find_);
    subscription = gone.Subscribe("a", [] {});
  }
  EXPECT_FALSE(subscription->Take());
}

}  // namespace
}  // namespace stemscribe::queue
