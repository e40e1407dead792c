#include "http/conditional.h"

#include <gtest/gtest.h>

namespace stemscribe::http {
namespace {

using std::chrono::sys_days;
using std::chrono::sys_seconds;
using namespace std::chrono_literals;

const sys_seconds kDate = sys_days(std::chrono::year(1994) / 11 / 6) + 8h + 49min + 37s;

TEST(HttpDateTest, FormatsAndParses) {
  EXPECT_EQ(FormatHttpDate(kDate), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(ParseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT"), kDate);
  EXPECT_EQ(ParseHttpDate("Sunday, 06-Nov-94 08:49:37 GMT"), kDate);
  EXPECT_EQ(ParseHttpDate("Sun Nov  6 08:49:37 1994"), kDate);
  for (int day = 0; day < 2000; day += 13) {
    const sys_seconds time = kDate + std::chrono::hours(24 * day);
    EXPECT_EQ(ParseHttpDate(FormatHttpDate(time)), time);
  }
}

TEST(HttpDateTest, RefusesOtherText) {
  for (const char* bad : {"", " ", "yesterday", "Sun, 06 Nov 1994", "Sun, 31 Feb 1994 08:49:37 GMT",
                          "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET",
                          "Sun, 06 Nov 1994 08:49:37 GMT!", "Sun, -6 Nov 1994 08:49:37 GMT",
                          "1994-11-06T08:49:37Z"}) {
    EXPECT_FALSE(ParseHttpDate(bad)) << bad;
  }
}

TEST(EtagTest, MatchesLists) {
  EXPECT_TRUE(EtagListMatches("\"a\"", "\"a\"", true));
  EXPECT_TRUE(EtagListMatches("\"x,y\" , W/\"b\",\"a\"", "\"a\"", true));
  EXPECT_TRUE(EtagListMatches("W/\"a\"", "\"a\"", false));
  EXPECT_FALSE(EtagListMatches("W/\"a\"", "\"a\"", true));
  EXPECT_FALSE(EtagListMatches("W/\"a\"", "W/\"a\"", true));
  EXPECT_TRUE(EtagListMatches(" * ", "\"a\"", true));
  EXPECT_FALSE(EtagListMatches("\"b\"", "\"a\"", false));
  EXPECT_FALSE(EtagListMatches("a", "\"a\"", false));
  EXPECT_FALSE(EtagListMatches("\"a", "\"a\"", false));
  EXPECT_FALSE(EtagListMatches("W/", "\"a\"", false));
}

class PreconditionTest : public testing::Test {
 protected:
  Precondition Evaluate(std::string_view method, std::string_view name, std::string_view value) {
    SetUpRequest(method, name, value);
    return EvaluatePreconditions(request_, {"\"tag\"", kDate});
  }
  void SetUpRequest(std::string_view method, std::string_view name, std::string_view value) {
    RequestHead head;
    head.bytes = std::string(method) + "|/|" + std::string(name) + "|" + std::string(value) +
                 std::string(64, ' ');
    const std::string_view bytes = head.bytes;
    head.method = bytes.substr(0, method.size());
    head.target = bytes.substr(method.size() + 1, 1);
    head.fields.emplace_back(bytes.substr(method.size() + 3, name.size()),
                             bytes.substr(method.size() + 4 + name.size(), value.size()));
    request_.Reset(std::move(head), nullptr, 0);
  }

  Request request_;
};

TEST_F(PreconditionTest, FollowsTheStandard) {
  const std::string before = FormatHttpDate(kDate - 1s);
  const std::string same = FormatHttpDate(kDate);
  EXPECT_EQ(Evaluate("GET", "If-None-Match", "\"tag\""), Precondition::kNotModified);
  EXPECT_EQ(Evaluate("PUT", "If-None-Match", "*"), Precondition::kFailed);
  EXPECT_EQ(Evaluate("GET", "If-None-Match", "\"other\""), Precondition::kProceed);
  EXPECT_EQ(Evaluate("PUT", "If-Match", "\"tag\""), Precondition::kProceed);
  EXPECT_EQ(Evaluate("PUT", "If-Match", "W/\"tag\""), Precondition::kFailed);
  EXPECT_EQ(Evaluate("GET", "If-Modified-Since", same), Precondition::kNotModified);
  EXPECT_EQ(Evaluate("GET", "If-Modified-Since", before), Precondition::kProceed);
  EXPECT_EQ(Evaluate("GET", "If-Modified-Since", "rubbish"), Precondition::kProceed);
  EXPECT_EQ(Evaluate("PUT", "If-Unmodified-Since", before), Precondition::kFailed);
  EXPECT_EQ(Evaluate("PUT", "If-Unmodified-Since", same), Precondition::kProceed);
}

TEST_F(PreconditionTest, ApplyEtagAnswers304) {
  SetUpRequest("GET", "If-None-Match", "W/\"tag\"");
  Response same = Response::Json(200, "{}");
  ApplyEtag(request_, "\"tag\"", same);
  EXPECT_EQ(same.status, 304);
  EXPECT_EQ(std::get<std::string>(same.body), "");
  Response other = Response::Json(200, "{}");
  ApplyEtag(request_, "\"new\"", other);
  EXPECT_EQ(other.status, 200);
  EXPECT_EQ(other.headers.Get("ETag"), "\"new\"");
}

}  // namespace
}  // namespace stemscribe::http
