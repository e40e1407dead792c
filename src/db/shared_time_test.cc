// Machines that share PostgreSQL go by its clock.
#include "db/repository_fixture.h"

namespace stemscribe::db {
namespace {

/// The system's clock, wrong.
class WrongClock final : public jobs::Clock {
 public:
  explicit WrongClock(jobs::Milliseconds lead) : lead_(lead) {}
  jobs::TimePoint Now() const override { return jobs::SystemClock().Now() + lead_; }

 private:
  const jobs::Milliseconds lead_;
};

TEST(SharedTimeTest, AMachineWhoseClockIsWrongTakesNoLeaseAway) {
  const std::string url = PostgresqlTestServer::Shared().NewDatabase();
  const jobs::SystemClock right_clock;
  SqlRepository right({.url = url, .pool_size = 1}, right_clock);
  jobs::NewJob job;
  job.id = jobs::NewUuid(right_clock.Now());
  right.Create(job);
  ASSERT_TRUE(right.Claim("here", kLease));
  for (const auto lead :
       {jobs::Milliseconds(std::chrono::hours(1)), jobs::Milliseconds(-std::chrono::hours(1))}) {
    const WrongClock wrong_clock(lead);
    SqlRepository wrong({.url = url, .pool_size = 1, .machine_clock = &wrong_clock}, wrong_clock);
    EXPECT_TRUE(wrong.ReleaseLeases({}).empty());
    EXPECT_TRUE(wrong.TakeTurn("sweep", "there", std::chrono::hours(2)));
    EXPECT_FALSE(right.TakeTurn("sweep", "here", kLease)) << "it lasts for two hours of ours";
  }
}

}  // namespace
}  // namespace stemscribe::db
