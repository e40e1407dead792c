#include "auth/rate_limiter.h"

#include <gtest/gtest.h>

#include "jobs/manual_clock.h"

namespace stemscribe::auth {
namespace {

class RateLimiterTest : public testing::Test {
 protected:
  jobs::ManualClock clock_;
  MemoryRateLimiter limiter_{clock_, 100};
};

TEST_F(RateLimiterTest, ABucketIsEmptiedAndFillsAgain) {
  for (int left = 5; left >= 0; --left) {
    const Grant grant = limiter_.Take("a", 6);
    EXPECT_TRUE(grant.is_granted);
    EXPECT_EQ(grant.num_left, left);
    EXPECT_EQ(grant.full_sec, 10 * (6 - left));
  }
  const Grant refused = limiter_.Take("a", 6);
  EXPECT_FALSE(refused.is_granted);
  EXPECT_EQ(refused.num_left, 0);
  EXPECT_EQ(refused.wait_sec, 10);
  EXPECT_EQ(refused.full_sec, 60);
  clock_.Advance(std::chrono::milliseconds(9'999));
  EXPECT_FALSE(limiter_.Take("a", 6).is_granted) << "asking costs nothing, and gains nothing";
  clock_.Advance(std::chrono::milliseconds(1));
  EXPECT_TRUE(limiter_.Take("a", 6).is_granted);
  EXPECT_FALSE(limiter_.Take("a", 6).is_granted);
  clock_.Advance(std::chrono::minutes(5));
  EXPECT_EQ(limiter_.Take("a", 6).num_left, 5) << "full is full";
}

TEST_F(RateLimiterTest, EachHasABucket) {
  EXPECT_TRUE(limiter_.Take("a", 1).is_granted);
  EXPECT_FALSE(limiter_.Take("a", 1).is_granted);
  EXPECT_TRUE(limiter_.Take("b", 1).is_granted);
}

TEST_F(RateLimiterTest, ManyNamesTakeNoMoreRoomThanAllowed) {
  EXPECT_TRUE(limiter_.Take("busy", 1).is_granted);
  for (int i = 0; i < 99; ++i) limiter_.Take(std::to_string(i), 60);
  clock_.Advance(std::chrono::seconds(2));
  limiter_.Take("new", 60);
  EXPECT_EQ(limiter_.num_buckets(), 2u) << "the full ones are forgotten";
  EXPECT_FALSE(limiter_.Take("busy", 1).is_granted);
  for (int i = 0; i < 1000; ++i) limiter_.Take(std::to_string(i), 1);
  EXPECT_LE(limiter_.num_buckets(), 100u);
}

TEST_F(RateLimiterTest, AClockThatIsSetBackHoldsNobodyUpForLong) {
  EXPECT_TRUE(limiter_.Take("a", 2).is_granted);
  clock_.Advance(-std::chrono::hours(24));
  EXPECT_LE(limiter_.Take("a", 2).wait_sec, 60);
  clock_.Advance(std::chrono::seconds(60));
  EXPECT_TRUE(limiter_.Take("a", 2).is_granted);
}

}  // namespace
}  // namespace stemscribe::auth
