#include "jobs/webhook.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <atomic>
#include <boost/json.hpp>
#include <latch>

#include "base/test_folder.h"
#include "db/repository.h"
#include "jobs/manual_clock.h"
#include "jobs/uuid.h"

namespace stemscribe::jobs {
namespace {

using testing::Contains;
using testing::IsEmpty;
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

/// The host slow.example answers when the gate is open.
class SlowSender final : public WebhookSender {
 public:
  WebhookResponse Send(const WebhookRequest& request) override {
    if (WebhookHost(request.url) == "slow.example") {
      const int now = ++num_waiting;
      for (int most = most_waiting; now > most && !most_waiting.compare_exchange_weak(most, now);) {
      }
      gate.wait();
      --num_waiting;
      ++num_slow;
    } else {
      ++num_quick;
    }
    return {.status = 200, .error = {}};
  }
  void CheckUrl(const std::string&) const override {}

  std::latch gate{1};
  std::atomic<int> num_waiting = 0, most_waiting = 0, num_slow = 0, num_quick = 0;
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

TEST_F(WebhookTest, HostsAreReadFromUrls) {
  EXPECT_EQ(WebhookHost("https://Example.org:8443/a?b#c"), "example.org:8443");
  EXPECT_EQ(WebhookHost("http://[::1]?x=/"), "[::1]");
  EXPECT_EQ(WebhookHost("nonsense"), "nonsense");
}

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

TEST_F(WebhookTest, ASlowReceiverDoesNotDelayTheOthers) {
  dispatcher_.DispatchDue();  // that of the fixture
  const auto end_job = [&](const std::string& url) {
    NewJob job;
    job.id = NewUuid(clock_.Now());
    job.callback_url = url;
    repository_->Create(job);
    repository_->RequestCancel(job.id);
  };
  for (int i = 0; i < 20; ++i) end_job(fmt::format("https://SLOW.example/{}", i));
  for (int i = 0; i < 5; ++i) end_job(fmt::format("https://quick.example:8443/{}", i));
  SlowSender sender;
  WebhookDispatcher dispatcher(settings_, *repository_, sender, clock_);
  dispatcher.Start();
  EXPECT_TRUE(Eventually([&] { return sender.num_quick == 5; })) << "while the slow one hangs";
  EXPECT_TRUE(Eventually([&] { return sender.num_waiting == settings_.max_per_host; }));
  EXPECT_EQ(sender.num_slow, 0);
  sender.gate.count_down();
  EXPECT_TRUE(Eventually([&] { return sender.num_slow == 20; }));
  dispatcher.Stop();
  EXPECT_EQ(sender.most_waiting, settings_.max_per_host);
  EXPECT_THAT(repository_->TakeDueWebhooks(1, Milliseconds(0), {}), IsEmpty());
}

TEST_F(WebhookTest, OnItsThreadItSendsByItself) {
  dispatcher_.Start();
  EXPECT_TRUE(
      Eventually([&] { return repository_->TakeDueWebhooks(1, Milliseconds(0), {}).empty(); }));
  dispatcher_.Stop();
  EXPECT_THAT(sender_.requests, SizeIs(1));
}

}  // namespace
}  // namespace stemscribe::jobs
