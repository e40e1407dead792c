#include "api/result_json.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "base/error.h"

namespace stemscribe::api {
namespace {

TEST(ChordsToLabTest, GivesALineForEachChord) {
  EXPECT_EQ(ChordsToLab(R"({"chords":[{"start":0,"end":2.14,"label":"Bb:maj"},
                                      {"start":2.14,"end":3.0004,"label":"N"}]})"),
            "0.000\t2.140\tBb:maj\n2.140\t3.000\tN\n");
}

TEST(ChordsToLabTest, OtherJsonIsAnIoError) {
  EXPECT_THROW(ChordsToLab("{}"), Error);
  EXPECT_THROW(ChordsToLab("no JSON"), Error);
}

TEST(ResultsToJsonTest, ListsWhatThereIsUnderThePlansNames) {
  jobs::Job job;
  job.id = "id";
  job.status = jobs::JobStatus::kCompleted;
  jobs::JobResult result;
  result.artefacts = {
      {.kind = "stem", .name = "vocals", .path = {}, .content_type = {}, .sha256 = {}},
      {.kind = "chords", .name = "chords.json", .path = {}, .content_type = {}, .sha256 = {}}};
  result.metadata = {{"duration", 180.5}, {"tempo_bpm", 120.0}};
  const boost::json::object json = ResultsToJson(job, result);
  EXPECT_EQ(json.at("status"), "completed");
  const boost::json::object& results = json.at("results").as_object();
  EXPECT_EQ(results.at("stems"), (boost::json::object{{"vocals", "/api/v1/jobs/id/stems/vocals"}}));
  EXPECT_TRUE(results.at("processed_frames").is_null());
  EXPECT_EQ(results.at("chords"), "/api/v1/jobs/id/chords");
  EXPECT_EQ(results.at("metadata").at("num_frames"), 0);
  EXPECT_EQ(results.at("metadata").at("duration"), 180.5);
}

TEST(DownloadNameTest, NamesTheSong) {
  jobs::Job job;
  job.input_filename = "My Song.mp3";
  EXPECT_EQ(DownloadName(job, "vocals.mp3"), "My Song - vocals.mp3");
  job.name = "Take 3";
  EXPECT_EQ(DownloadName(job, "vocals.mp3"), "Take 3 - vocals.mp3");
}

}  // namespace
}  // namespace stemscribe::api
