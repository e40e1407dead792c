#include "jobs/event_bus.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace stemscribe::jobs {
namespace {

Job JobAt(int64_t version, const std::string& id = "a") {
  Job job;
  job.id = id;
  job.version = version;
  job.progress = static_cast<int>(version);
  return job;
}

TEST(EventBusTest, ASubscriberGetsTheNewestOfItsJobOnly) {
  LocalEventBus bus;
  int num_calls = 0;
  const auto subscription = bus.Subscribe("a", [&] { ++num_calls; });
  bus.Publish(JobAt(5, "b"));
  EXPECT_FALSE(subscription->Take());
  bus.Publish(JobAt(2));
  bus.Publish(JobAt(4));
  bus.Publish(JobAt(3));  // overtaken
  EXPECT_EQ(num_calls, 2);
  EXPECT_EQ(subscription->Take()->version, 4);
  EXPECT_FALSE(subscription->Take());
}

TEST(EventBusTest, TheEndOfASubscriptionLeavesNothing) {
  LocalEventBus bus;
  int num_calls = 0;
  auto one = bus.Subscribe("a", [&] { ++num_calls; });
  auto two = bus.Subscribe("a", [&](const Job& job) { num_calls += 10 * job.progress; });
  EXPECT_EQ(bus.num_subscriptions(), 2u);
  one.reset();
  bus.Publish(JobAt(2));
  EXPECT_EQ(num_calls, 20);
  two.reset();
  bus.Publish(JobAt(3));
  EXPECT_EQ(num_calls, 20);
  EXPECT_EQ(bus.num_subscriptions(), 0u);
}

TEST(EventBusTest, ASubscriptionMayOutliveTheBus) {
  auto bus = std::make_unique<LocalEventBus>();
  const auto subscription = bus->Subscribe("a", [] {});
  bus->Publish(JobAt(2));
  bus.reset();
  EXPECT_EQ(subscription->Take()->version, 2);
}

TEST(EventBusTest, NoCallbackRunsAfterTheSubscriptionIsGone) {
  LocalEventBus bus;
  std::atomic<bool> done{false};
  std::jthread publisher([&] {
    for (int64_t version = 2; !done; ++version) bus.Publish(JobAt(version));
  });
  for (int i = 0; i < 200; ++i) {
    auto alive = std::make_unique<std::atomic<int>>(0);
    auto subscription = bus.Subscribe("a", [&counter = *alive] { ++counter; });
    subscription.reset();
    alive.reset();  // a late callback would write to freed memory: the sanitizers see it
  }
  done = true;
}

}  // namespace
}  // namespace stemscribe::jobs
