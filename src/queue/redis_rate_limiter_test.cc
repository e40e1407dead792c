#include "queue/redis_rate_limiter.h"

#include <gtest/gtest.h>

#include "jobs/manual_clock.h"
#include "queue/redis_test_server.h"

namespace stemscribe::queue {
namespace {

class RedisRateLimiterTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(server_.server().is_running()) << "run tools/setup.sh test: Redis is missing";
  }

  RedisTestServer server_;
  jobs::ManualClock clock_;
};

TEST_F(RedisRateLimiterTest, ProcessesShareABucket) {
  RedisRateLimiter left(server_.Settings(), clock_);
  RedisRateLimiter right(server_.Settings(), clock_);
  EXPECT_EQ(left.Take("a", 2).num_left, 1);
  EXPECT_TRUE(right.Take("a", 2).is_granted);
  const auth::Grant refused = left.Take("a", 2);  // half a minute would have to go by
  EXPECT_FALSE(refused.is_granted);
  EXPECT_GT(refused.wait_sec, 0);
  EXPECT_LE(refused.wait_sec, 30);
  EXPECT_TRUE(right.Take("b", 2).is_granted);
}

TEST_F(RedisRateLimiterTest, ABucketThatIsFullAgainTakesNoRoom) {
  RedisRateLimiter limiter(server_.Settings(), clock_);
  EXPECT_TRUE(limiter.Take("a", 1000).is_granted);  // full again after 60 ms
  RedisClient client(server_.Settings());
  EXPECT_TRUE(Eventually([&] { return client.Call({"EXISTS", "stemscribe:rate:a"}).number == 0; }));
  EXPECT_EQ(limiter.Take("a", 1000).num_left, 999);
}

TEST_F(RedisRateLimiterTest, WithoutRedisEachProcessLimits) {
  std::vector<std::string> changes;
  int num_own = 0;
  RedisRateLimiter limiter(
      server_.Settings(), clock_,
      {.on_change = [&](const std::string& message) { changes.push_back(message); },
       .on_own_bucket = [&] { ++num_own; }});
  EXPECT_TRUE(limiter.Take("b", 5).is_granted);
  EXPECT_EQ(changes.size(), 0U);
  server_.server().Kill();
  EXPECT_TRUE(limiter.Take("a", 1).is_granted);
  EXPECT_FALSE(limiter.Take("a", 1).is_granted);
  EXPECT_EQ(num_own, 2);
  ASSERT_EQ(changes.size(), 1U) << "told once, however many requests there are";
  EXPECT_TRUE(changes[0].starts_with("this server limits rates by itself: Redis")) << changes[0];

  server_.server().Start();
  EXPECT_TRUE(Eventually([&] {
    const int before = num_own;
    limiter.Take("c", 1'000'000);
    return num_own == before;
  }));
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[1], "all servers share their rate limits again");
}

TEST_F(RedisRateLimiterTest, ItsConnectionsAreCounted) {
  RedisSettings settings = server_.Settings();
  const auto meter = settings.meter = std::make_shared<RedisMeter>();
  {
    RedisRateLimiter limiter(settings, clock_);
    limiter.Take("a", 5);
    EXPECT_EQ(meter->num_open, 1);
    EXPECT_EQ(meter->num_idle, 1);
    EXPECT_TRUE(meter->is_up);
    server_.server().Kill();
    limiter.Take("a", 5);
    EXPECT_EQ(meter->num_open, 0);
    EXPECT_EQ(meter->num_idle, 0);
    EXPECT_FALSE(meter->is_up);
    server_.server().Start();
    EXPECT_TRUE(Eventually([&] {
      limiter.Take("a", 1000);
      return meter->is_up.load();
    }));
    EXPECT_EQ(meter->num_open, 1);
  }
  EXPECT_EQ(meter->num_open, 0);
  EXPECT_EQ(meter->num_idle, 0);
}

}  // namespace
}  // namespace stemscribe::queue
