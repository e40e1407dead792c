#include "auth/key.h"

#include <gtest/gtest.h>

#include <set>

namespace stemscribe::auth {
namespace {

TEST(TokenTest, EachIsNewAndRecognisable) {
  std::set<std::string> tokens;
  for (int i = 0; i < 100; ++i) tokens.insert(NewToken());
  EXPECT_EQ(tokens.size(), 100U);
  for (const std::string& token : tokens) EXPECT_TRUE(LooksLikeToken(token)) << token;
}

TEST(TokenTest, AnyWrongCharacterIsSeenWithoutAQuery) {
  const std::string token = NewToken();
  for (size_t i = 0; i < token.size(); ++i) {
    std::string wrong = token;
    wrong[i] = wrong[i] == 'a' ? 'b' : 'a';
    EXPECT_FALSE(LooksLikeToken(wrong)) << i;
  }
  EXPECT_FALSE(LooksLikeToken(""));
  EXPECT_FALSE(LooksLikeToken(token + "0"));
}

TEST(TokenTest, TheHashDoesNotHoldTheToken) {
  const std::string token = NewToken();
  EXPECT_EQ(HashToken(token).size(), 64U);
  EXPECT_EQ(HashToken(token), HashToken(token));
  EXPECT_NE(HashToken(token), HashToken(NewToken()));
}

TEST(KeyTest, IsValidUpToItsEnd) {
  const jobs::TimePoint end{jobs::Milliseconds(1000)};
  Key key;
  EXPECT_TRUE(key.IsValid(end));
  key.expires_at = end;
  EXPECT_TRUE(key.IsValid(end - jobs::Milliseconds(1)));
  EXPECT_FALSE(key.IsValid(end));
  key.expires_at.reset();
  key.revoked_at = end;
  EXPECT_FALSE(key.IsValid(end - jobs::Milliseconds(1)));
}

}  // namespace
}  // namespace stemscribe::auth
