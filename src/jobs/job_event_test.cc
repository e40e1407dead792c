#include "jobs/job_event.h"

#include <gtest/gtest.h>

namespace stemscribe::jobs {
namespace {

TEST(JobEventTest, EveryMemberArrives) {
  Job job;
  job.id = "0191e7d2-7b4e-7cc3-98a1-0123456789ab";
  job.status = JobStatus::kProcessing;
  job.stage = JobStage::kChords;
  job.progress = 67;
  job.seconds_left = 1.5;
  job.created_at = TimePoint(Milliseconds(1'700'000'000'123));
  job.started_at = TimePoint(Milliseconds(1'700'000'001'000));
  job.error_message = "quote \" and ü";
  job.input_blob = "jobs/x";
  job.file_size = int64_t{1} << 40;
  job.options.stages = {JobStage::kChords};
  job.owner = "key";
  job.priority = -3;
  job.attempt = 7;
  job.lease_expires_at = TimePoint(Milliseconds(1));
  job.cancel_requested = true;
  job.version = 42;
  const std::string text = JobToEvent(job);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  const Job back = JobFromEvent(text);
  EXPECT_EQ(JobToEvent(back), text);
  EXPECT_EQ(back.status, job.status);
  EXPECT_EQ(back.stage, job.stage);
  EXPECT_EQ(back.seconds_left, job.seconds_left);
  EXPECT_EQ(back.created_at, job.created_at);
  EXPECT_EQ(back.started_at, job.started_at);
  EXPECT_FALSE(back.completed_at);
  EXPECT_EQ(back.error_message, job.error_message);
  EXPECT_EQ(back.file_size, job.file_size);
  EXPECT_EQ(back.options, job.options);
  EXPECT_EQ(back.priority, -3);
  EXPECT_EQ(back.attempt, 7);
  EXPECT_TRUE(back.cancel_requested);
  EXPECT_EQ(back.version, 42);
}

TEST(JobEventTest, OtherTextIsRefused) {
  for (const char* text : {"", "[]", "{}", R"({"status":"new","options":{}})", R"({"id":5})"}) {
    EXPECT_THROW(JobFromEvent(text), Error) << text;
  }
}

}  // namespace
}  // namespace stemscribe::jobs
