#include "db/sql_keys.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "db/repository_fixture.h"

namespace stemscribe::db {
namespace {

class KeysTest : public RepositoryTest {
 protected:
  auth::Key Add(const std::string& id, const auth::Quota& quota = {}) {
    auth::Key key;
    key.id = id;
    key.name = "a name";
    key.quota = quota;
    key.created_at = clock_.Now();
    keys_.Add(key, "hash of " + id);
    return key;
  }

  SqlKeyRepository keys_{settings_};
};

STEMSCRIBE_ON_ALL_DATABASES(KeysTest);

TEST_P(KeysTest, AreFoundByTheirHashAsTheyWere) {
  auth::Key key;
  key.id = "k";
  key.name = "Süß";
  key.is_admin = true;
  key.quota = {.jobs = 1, .audio_sec = 2, .bytes = 3'000'000'000};
  key.priority = -3;
  key.created_at = clock_.Now();
  key.expires_at = clock_.Now() + jobs::Milliseconds(5);
  keys_.Add(key, "h");
  Add("other");
  const auto found = keys_.FindByHash("h");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->id, "k");
  EXPECT_EQ(found->name, "Süß");
  EXPECT_TRUE(found->is_admin);
  EXPECT_EQ(found->quota, key.quota);
  EXPECT_EQ(found->priority, -3);
  EXPECT_EQ(found->expires_at, key.expires_at);
  EXPECT_FALSE(found->revoked_at);
  EXPECT_FALSE(keys_.FindByHash("x"));
  EXPECT_EQ(keys_.List().size(), 2U);
}

TEST_P(KeysTest, RevokeAndRotateWorkOnValidKeysAlone) {
  Add("k");
  EXPECT_TRUE(keys_.Rotate("k", "new"));
  EXPECT_FALSE(keys_.FindByHash("hash of k"));
  EXPECT_TRUE(keys_.FindByHash("new"));
  EXPECT_TRUE(keys_.Revoke("k", clock_.Now()));
  EXPECT_FALSE(keys_.Revoke("k", clock_.Now()));
  EXPECT_FALSE(keys_.Rotate("k", "newer"));
  EXPECT_EQ(keys_.FindByHash("new")->revoked_at, clock_.Now());
}

TEST_P(KeysTest, AQuotaHoldsForADayAndCountsNothingThatIsRefused) {
  const auth::Key key = Add("k", {.jobs = 3, .audio_sec = 100, .bytes = 1000});
  const auth::Quota song{.jobs = 1, .audio_sec = 60, .bytes = 10};
  EXPECT_EQ(keys_.Charge(key, song, clock_.Now()), std::nullopt);
  EXPECT_EQ(keys_.Charge(key, song, clock_.Now()), "minutes of audio");
  const auth::Quota large{.jobs = 1, .audio_sec = 1, .bytes = 991};
  EXPECT_EQ(keys_.Charge(key, large, clock_.Now()), "bytes");
  const auth::Quota small{.jobs = 1, .audio_sec = 1, .bytes = 1};
  EXPECT_EQ(keys_.Charge(key, small, clock_.Now()), std::nullopt);
  EXPECT_EQ(keys_.Charge(key, small, clock_.Now()), std::nullopt);
  EXPECT_EQ(keys_.Charge(key, small, clock_.Now()), "jobs");
  clock_.Advance(std::chrono::hours(24));
  EXPECT_EQ(keys_.Charge(key, song, clock_.Now()), std::nullopt);
}

TEST_P(KeysTest, ManyAtOnceNeverGoBeyondTheQuota) {
  const auth::Key key = Add("k", {.jobs = 10});
  std::atomic<int> accepted = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 8; ++i) {
          if (!keys_.Charge(key, {.jobs = 1}, clock_.Now())) ++accepted;
        }
      });
    }
  }
  EXPECT_EQ(accepted, 10);
}

}  // namespace
}  // namespace stemscribe::db
