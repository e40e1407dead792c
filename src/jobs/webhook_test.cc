#include "jobs/webhook.h"

#include <gmock/gmock.h>

#include <boost/json.hpp>

#include "db/repository.h"
#include "jobs/manual_clock.h"
#include "jobs/test_folder.h"

namespace stemscribe::jobs {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

class FakeSender final : public WebhookSender {
 public:
  WebhookResponse Send(const WebhookRequest& request) override {
    requests.push_back(request);
    return answer;
  }
  void CheckUrl(const std::string&) const override {}

  std::vector<WebhookRequest> requests;
  WebhookResponse answer{.status = 200, .error = {}};
};

class WebhookTest : public testing::Test {
 protected:
  WebhookTest() {
    NewJob job;
    job.id = NewUuid(clock_.Now());
    job.callback_url = "https://example.org/hook";
    repository_->Create(job);
    repository_->RequestCancel(job.id);
  }

  TestFolder folder_;
  ManualClock clock_;
  std::unique_ptr<JobRepository> repository_ = db::OpenRepository(
      {.url = "sqlite:///" + (folder_.path() / "jobs.db").string(), .pool_size = 2}, clock_);
  FakeSender sender_;
  WebhookSettings settings_{.secret = "s3cret", .max_attempts = 3};
  WebhookDispatcher dispatcher_{settings_, *repository_, sender_, clock_};
};

TEST_F(WebhookTest, TheSignatureIsTheHmacOfTimeAndBody) {
  // printf '1769853600.{"a":1}' | openssl dgst -sha256 -hmac key
  EXPECT_EQ(SignWebhook("key", TimePoint(std::chrono::seconds(1'769'853'600)), R"({"a":1})"),
            "t=1769853600,v1=a61223f35604196ff24931683ea774a676f1913449af657de75ed6234d8f33fb");
}

TEST_F(WebhookTest, ItIsSentOnceSignedWithTheJobInIt) {
  EXPECT_EQ(dispatcher_.DispatchDue(), 1);
  EXPECT_EQ(dispatcher_.DispatchDue(), 0);
  ASSERT_THAT(sender_.requests, SizeIs(1));
  const WebhookRequest& request = sender_.requests[0];
  EXPECT_EQ(request.url, "https://example.org/hook");
  EXPECT_THAT(request.headers, Contains("Stemscribe-Event: job.cancelled"));
  EXPECT_THAT(request.headers, Contains("Stemscribe-Signature: " +
                                        SignWebhook("s3cret", clock_.Now(), request.body)));
  const auto body = boost::json::parse(request.body);
  EXPECT_EQ(body.at("job").at("status").as_string(), "cancelled");
  clock_.Advance(std::chrono::hours(24));
  EXPECT_EQ(dispatcher_.DispatchDue(), 0);
}

TEST_F(WebhookTest, AFailureIsTriedAgainLaterThenGivenUp) {
  sender_.answer = {.status = 503, .error = {}};
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(dispatcher_.DispatchDue(), 1) << i;
    EXPECT_EQ(dispatcher_.DispatchDue(), 0) << "not at once";
    clock_.Advance(std::chrono::hours(1));
  }
  EXPECT_EQ(dispatcher_.DispatchDue(), 0) << "given up";
  EXPECT_THAT(sender_.requests, SizeIs(3));
  EXPECT_EQ(sender_.requests[0].headers[2], sender_.requests[2].headers[2])
      << "the delivery keeps its id";
}

TEST_F(WebhookTest, AReceiverThatIsGoneIsNotAskedAgain) {
  sender_.answer = {.status = 410, .error = {}};
  dispatcher_.DispatchDue();
  clock_.Advance(std::chrono::hours(24));
  EXPECT_EQ(dispatcher_.DispatchDue(), 0);
}

TEST_F(WebhookTest, DelaysDoubleUpToALimitWithJitterDownwards) {
  EXPECT_EQ(WebhookDelay(settings_, 1, 0), std::chrono::seconds(10));
  EXPECT_EQ(WebhookDelay(settings_, 3, 0), std::chrono::seconds(40));
  EXPECT_EQ(WebhookDelay(settings_, 3, 1), std::chrono::seconds(20));
  EXPECT_EQ(WebhookDelay(settings_, 60, 0), std::chrono::hours(1));
}

TEST_F(WebhookTest, OnItsThreadItSendsByItself) {
  dispatcher_.Start();
  EXPECT_TRUE(Eventually([&] { return repository_->TakeDueWebhooks(1, Milliseconds(0)).empty(); }));
  dispatcher_.Stop();
  EXPECT_THAT(sender_.requests, SizeIs(1));
}

}  // namespace
}  // namespace stemscribe::jobs
