// Which of the queued jobs is next: by priority, then in turn by owner.
#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "db/repository_fixture.h"

namespace stemscribe::db {
namespace {

using testing::ElementsAre;

class OrderTest : public RepositoryTest {
 protected:
  /// Whose jobs are claimed, one after the other, until none waits.
  std::vector<std::string> Claims() {
    std::vector<std::string> owners;
    while (const auto job = repository_->Claim("host:1", kLease)) owners.push_back(job->owner);
    return owners;
  }
};

STEMSCRIBE_ON_ALL_DATABASES(OrderTest);

TEST_P(OrderTest, WhoFloodsTheQueueDoesNotDelayOthers) {
  for (int i = 0; i < 4; ++i) QueueFor("flood");
  for (int i = 0; i < 2; ++i) QueueFor("late");
  EXPECT_THAT(Claims(), ElementsAre("flood", "late", "flood", "late", "flood", "flood"));
}

TEST_P(OrderTest, WhoComesWhileAFloodIsInWorkIsNext) {
  for (int i = 0; i < 5; ++i) QueueFor("flood");
  Claim();
  Claim();
  QueueFor("late");
  QueueFor("later");
  EXPECT_THAT(Claims(), ElementsAre("flood", "late", "later", "flood", "flood"));
}

TEST_P(OrderTest, HigherPrioritiesAreSoonerAndTakeTurnsAmongThemselves) {
  QueueFor("plain");
  QueueFor("patient", -1);
  for (int i = 0; i < 2; ++i) QueueFor("urgent", 5);
  QueueFor("as urgent", 5);
  EXPECT_THAT(Claims(), ElementsAre("urgent", "as urgent", "urgent", "plain", "patient"));
}

TEST_P(OrderTest, TheOrderOfOneOwnerIsThatOfTheirUploads) {
  const std::string first = QueueFor("a").id;
  const std::string second = QueueFor("a").id;
  EXPECT_EQ(Claim().id, first);
  EXPECT_EQ(Claim().id, second);
}

}  // namespace
}  // namespace stemscribe::db
