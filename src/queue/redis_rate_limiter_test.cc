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
  EXPECT_TRUE(
      jobs::Eventually([&] { return client.Call({"EXISTS", "stemscribe:rate:a"}).number == 0; }));
  EXPECT_EQ(limiter.Take("a", 1000).num_left, 999);
}

TEST_F(RedisRateLimiterTest, WithoutRedisEachProcessLimits) {
  int num_errors = 0;
  RedisRateLimiter limiter(server_.Settings(), clock_, [&](const std::string&) { ++num_errors; });
  server_.server().Kill();
  EXPECT_TRUE(limiter.Take("a", 1).is_granted);
  EXPECT_FALSE(limiter.Take("a", 1).is_granted);
  EXPECT_EQ(num_errors, 2);
}

}  // namespace
}  // namespace stemscribe::queue
