#include "auth/authenticator.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "jobs/manual_clock.h"

namespace stemscribe::auth {
namespace {

/// Has one key, and counts the questions.
class OneKey final : public KeyRepository {
 public:
  OneKey() { key_.id = "band"; }

  void Add(const Key&, const std::string&) override {}
  std::optional<Key> FindByHash(const std::string& hash) override {
    ++num_questions;
    return hash == HashToken(token) ? std::optional(key_) : std::nullopt;
  }
  std::vector<Key> List() override { return {key_}; }
  bool Revoke(const std::string&, jobs::TimePoint now) override {
    key_.revoked_at = now;
    return true;
  }
  bool Rotate(const std::string&, const std::string&) override { return false; }
  std::optional<std::string> Charge(const Key&, const Quota&, jobs::TimePoint) override {
    return std::nullopt;
  }

  const std::string token = NewToken();
  int num_questions = 0;

 private:
  Key key_;
};

class AuthenticatorTest : public testing::Test {
 protected:
  bool IsTaken(const std::optional<std::string>& token) {
    try {
      return authenticator_.Identify(token).id == "band";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kUnauthorized);
      return false;
    }
  }

  OneKey keys_;
  jobs::ManualClock clock_;
  Authenticator authenticator_{keys_, clock_};
};

TEST_F(AuthenticatorTest, AsksOncePerTwoSecondsAndNeverForNonsense) {
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(IsTaken(keys_.token));
  EXPECT_EQ(keys_.num_questions, 1);
  EXPECT_FALSE(IsTaken("nonsense"));
  EXPECT_FALSE(IsTaken(std::nullopt));
  EXPECT_EQ(keys_.num_questions, 1);
  EXPECT_FALSE(IsTaken(NewToken()));
  EXPECT_EQ(keys_.num_questions, 2);
}

TEST_F(AuthenticatorTest, ARevokedKeyEndsWithinTwoSecondsWhateverTheClockDoes) {
  for (const auto jump : {std::chrono::seconds(3), std::chrono::seconds(-3600)}) {
    OneKey keys;
    Authenticator authenticator(keys, clock_);
    EXPECT_EQ(authenticator.Identify(keys.token).id, "band");
    keys.Revoke("band", clock_.Now());
    clock_.Advance(jump);
    EXPECT_THROW(authenticator.Identify(keys.token), Error) << jump.count();
  }
}

}  // namespace
}  // namespace stemscribe::auth
