#include "api/artefact_cache.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace stemscribe::api {
namespace {

class ArtefactCacheTest : public testing::Test {
 protected:
  std::string NameOf(const std::string& job_id) {
    auto load = [&] {
      ++num_loads_;
      return jobs::Artefacts{{.name = "file of " + job_id}};
    };
    return cache_.Get(job_id, load)->at(0).name;
  }

  ArtefactCache cache_{2};
  int num_loads_ = 0;
};

TEST_F(ArtefactCacheTest, LoadsAJobOnce) {
  EXPECT_EQ(NameOf("a"), "file of a");
  EXPECT_EQ(NameOf("b"), "file of b");
  EXPECT_EQ(NameOf("a"), "file of a");
  EXPECT_EQ(num_loads_, 2);
}

TEST_F(ArtefactCacheTest, ForgetsTheOldestOfTooMany) {
  for (const char* job : {"a", "b", "c"}) NameOf(job);
  NameOf("b");
  NameOf("c");
  EXPECT_EQ(num_loads_, 3);
  NameOf("a");
  EXPECT_EQ(num_loads_, 4);
}

TEST_F(ArtefactCacheTest, KeepsNothingOfAFailure) {
  auto fail = []() -> jobs::Artefacts { throw std::runtime_error("no database"); };
  EXPECT_THROW(cache_.Get("a", fail), std::runtime_error);
  EXPECT_EQ(NameOf("a"), "file of a");
}

}  // namespace
}  // namespace stemscribe::api
