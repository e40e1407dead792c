// Which jobs have expired.
#include <gmock/gmock.h>

#include "db/repository_fixture.h"

namespace stemscribe::db {
namespace {

using jobs::Job;
using testing::IsEmpty;
using testing::SizeIs;

class ExpiryTest : public RepositoryTest {};

STEMSCRIBE_ON_ALL_DATABASES(ExpiryTest);

TEST_P(ExpiryTest, ExpiryLooksAtTheEndOfTheJob) {
  Queue();
  const std::string ended = Queue().id;
  repository_->RequestCancel(ended);
  const jobs::TimePoint end = clock_.Now();
  EXPECT_THAT(repository_->JobsEndedBefore(end, 5), IsEmpty());
  const std::vector<Job> expired = repository_->JobsEndedBefore(end + jobs::Milliseconds(1), 5);
  ASSERT_THAT(expired, SizeIs(1));
  EXPECT_EQ(expired[0].id, ended);
}

TEST_P(ExpiryTest, OnlyWhatEndedBeforeIsMarkedAsExpired) {
  const std::string running = Queue().id;
  const jobs::LeaseKey key = KeyOf(Claim());
  const auto later = [&] { return clock_.Now() + jobs::Milliseconds(1); };
  EXPECT_FALSE(repository_->MarkExpired(running, later()));
  repository_->Fail(key, {ErrorCode::kInvalidAudioFile, "no song", false});
  EXPECT_FALSE(repository_->MarkExpired(running, clock_.Now()));
  repository_->Requeue(running);
  EXPECT_FALSE(repository_->MarkExpired(running, later()));
  repository_->RequestCancel(running);
  EXPECT_TRUE(repository_->MarkExpired(running, later()));
  EXPECT_FALSE(repository_->MarkExpired(running, later())) << "it is marked";
  EXPECT_FALSE(repository_->Find(running));
}

}  // namespace
}  // namespace stemscribe::db
