// Values: times, ids, options, results, names of files, and the table of states.
#include "jobs/job.h"

#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <set>

#include "jobs/clock.h"
#include "jobs/job_files.h"
#include "jobs/job_result.h"
#include "jobs/state_machine.h"
#include "jobs/uuid.h"

namespace stemscribe::jobs {
namespace {

constexpr TimePoint kNoon{Milliseconds(1'769'860'800'123)};  // 2026-01-31T12:00:00.123Z

TEST(ClockTest, TimesAreFormattedInUtc) {
  EXPECT_EQ(FormatUtc(kNoon), "2026-01-31T12:00:00.123Z");
  EXPECT_EQ(FormatUtc(TimePoint()), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(ParseUtc(FormatUtc(kNoon)), kNoon);
}

TEST(ClockTest, TimesOfAnyOffsetAreParsed) {
  EXPECT_EQ(ParseUtc("2026-01-31T13:30:00.1239+01:30"), kNoon);
  EXPECT_EQ(ParseUtc("2026-01-31t04:00:00.123-08:00"), kNoon);
  EXPECT_EQ(ParseUtc("2026-01-31T12:00:00Z"), kNoon - Milliseconds(123));
  EXPECT_TRUE(ParseUtc("2024-02-29T00:00:00Z"));
}

TEST(ClockTest, WhatIsNoTimeIsRefused) {
  for (const char* text :
       {"", "now", "2026-01-31", "2026-01-31T12:00:00", "2026-02-30T12:00:00Z",
        "2026-01-31T24:00:00Z", "2026-01-31T12:60:00Z", "2026-01-31T12:00:00.Z",
        "2026-01-31T12:00:00Zx", "2026-01-31T12:00:00+1:00", "2026-13-01T00:00:00Z"}) {
    EXPECT_FALSE(ParseUtc(text)) << text;
  }
}

TEST(UuidTest, IdsAreUniqueAndSortByTime) {
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i) ids.insert(NewUuid(kNoon));
  EXPECT_EQ(ids.size(), 1000u);
  for (const std::string& id : ids) {
    ASSERT_TRUE(IsUuid(id)) << id;
    ASSERT_EQ(id[14], '7');
    ASSERT_LT(id, NewUuid(kNoon + Milliseconds(1)));
  }
}

TEST(UuidTest, OnlyCanonicalTextIsAnId) {
  EXPECT_TRUE(IsUuid("550e8400-e29b-41d4-a716-446655440000"));
  for (const char* text :
       {"", "550E8400-E29B-41D4-A716-446655440000", "550e8400e29b41d4a716446655440000",
        "550e8400-e29b-41d4-a716-44665544000", "550e8400-e29b-41d4-a716-4466554400000",
        "../../../../../../../../../../etc/pwd", "550e8400-e29b-41d4-a716-44665544000g"}) {
    EXPECT_FALSE(IsUuid(text)) << text;
  }
}

TEST(JobTest, OptionsSurviveJson) {
  const JobOptions options{.stages = {JobStage::kChords, JobStage::kSeparation},
                           .stem_format = "wav",
                           .bitrate_kbps = 320,
                           .chord_vocabulary = "ismir2017"};
  EXPECT_EQ(OptionsFromJson(ToJson(options)), options);
  EXPECT_THROW(OptionsFromJson({{"stages", {"dance"}}}), Error);
  EXPECT_THROW(OptionsFromJson({}), Error);
}

TEST(JobTest, ResultsSurviveJson) {
  JobResult result;
  result.artefacts.push_back({.kind = "stem",
                              .name = "vocals",
                              .path = "separated/vocals.mp3",
                              .content_type = "audio/mpeg",
                              .bytes = 12,
                              .sha256 = "ab"});
  result.metadata["tempo_bpm"] = 120.5;
  const JobResult again = ResultFromJson(boost::json::serialize(ToJson(result)));
  EXPECT_EQ(again.artefacts, result.artefacts);
  EXPECT_EQ(again.metadata, result.metadata);
  ASSERT_NE(FindArtefact(again.artefacts, "stem", "vocals"), nullptr);
  EXPECT_EQ(FindArtefact(again.artefacts, "stem", "drums"), nullptr);
  EXPECT_THROW(ResultFromJson("{}"), Error);
}

TEST(JobFilesTest, NamesHoldNothingOfTheUserButAPlainExtension) {
  const std::string id = "550e8400-e29b-41d4-a716-446655440000";
  EXPECT_EQ(InputBlob(id, "My Song.MP3"), "jobs/" + id + "/input/song.mp3");
  EXPECT_EQ(InputBlob(id, "../../etc/passwd"), "jobs/" + id + "/input/song");
  EXPECT_EQ(InputBlob(id, "a.m/p3"), "jobs/" + id + "/input/song");
  EXPECT_EQ(InputBlob(id, "x.verylongextension"), "jobs/" + id + "/input/song");
  EXPECT_EQ(InputBlob(id, "x.ö"), "jobs/" + id + "/input/song");
  EXPECT_EQ(AttemptPrefix(id, 3), "jobs/" + id + "/.attempt-3");
  EXPECT_THROW(JobPrefix("../x"), Error);
}

// Every state and event, so that a new way between states cannot slip in.
TEST(StateMachineTest, OnlyTheWaysOfTheTableExist) {
  using Way = std::tuple<JobStatus, bool, JobEvent, JobStatus, bool>;
  std::set<Way> found;
  for (const JobStatus status : kAllStatuses) {
    for (const bool publishing : {false, true}) {
      for (int event = 0; event <= static_cast<int>(JobEvent::kRequeue); ++event) {
        const auto next = Next({status, publishing}, static_cast<JobEvent>(event));
        if (next) {
          found.emplace(status, publishing, static_cast<JobEvent>(event), next->status,
                        next->publishing);
        }
      }
    }
  }
  const std::set<Way> expected = {
      {JobStatus::kQueued, false, JobEvent::kClaim, JobStatus::kProcessing, false},
      {JobStatus::kQueued, false, JobEvent::kCancelQueued, JobStatus::kCancelled, false},
      {JobStatus::kProcessing, false, JobEvent::kDecide, JobStatus::kProcessing, true},
      {JobStatus::kProcessing, false, JobEvent::kFail, JobStatus::kFailed, false},
      {JobStatus::kProcessing, false, JobEvent::kCancelRunning, JobStatus::kCancelled, false},
      {JobStatus::kProcessing, false, JobEvent::kReturn, JobStatus::kQueued, false},
      {JobStatus::kFailed, false, JobEvent::kRequeue, JobStatus::kQueued, false},
      {JobStatus::kCancelled, false, JobEvent::kRequeue, JobStatus::kQueued, false},
      {JobStatus::kProcessing, true, JobEvent::kFinish, JobStatus::kCompleted, false}};
  EXPECT_EQ(found, expected);
}

TEST(StateMachineTest, ApplyRefusesWithTheStateInItsMessage) {
  Job job;
  job.status = JobStatus::kFailed;
  try {
    Apply(job, JobEvent::kCancelQueued, kNoon);
    FAIL() << "it was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kConflict);
    EXPECT_STREQ(error.what(), "the job is failed");
  }
}

}  // namespace
}  // namespace stemscribe::jobs
