#include "queue/local_queue.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace stemscribe::queue {
namespace {

constexpr jobs::Milliseconds kAtOnce{0};
constexpr jobs::Milliseconds kLong{std::chrono::seconds(60)};

TEST(LocalQueueTest, AnAnnouncementWakesOneWaiter) {
  LocalQueue queue;
  std::jthread announcer([&] { queue.Announce("a"); });
  EXPECT_EQ(queue.Wait(kLong, {})->job_id, "a");
  EXPECT_FALSE(queue.Wait(kAtOnce, {}));
}

TEST(LocalQueueTest, AJobWaitsOnceHoweverOftenItIsAnnounced) {
  LocalQueue queue;
  queue.Announce("a");
  queue.Announce("b");
  queue.Announce("a");
  EXPECT_EQ(queue.Wait(kAtOnce, {})->job_id, "a");
  queue.Announce("a");  // again: it was taken
  EXPECT_EQ(queue.Wait(kAtOnce, {})->job_id, "b");
  EXPECT_EQ(queue.Wait(kAtOnce, {})->job_id, "a");
  EXPECT_FALSE(queue.Wait(kAtOnce, {}));
}

TEST(LocalQueueTest, AStopEndsTheWaiting) {
  LocalQueue queue;
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_FALSE(queue.Wait(kLong, stop.get_token()));
}

TEST(LocalQueueTest, AFloodOfAnnouncementsIsBounded) {
  LocalQueue queue;
  for (int i = 0; i < 100'000; ++i) queue.Announce(std::to_string(i));
  int num_waiting = 0;
  while (queue.Wait(kAtOnce, {})) ++num_waiting;
  EXPECT_GT(num_waiting, 0);
  EXPECT_LT(num_waiting, 10'000);
}

}  // namespace
}  // namespace stemscribe::queue
