// Finding jobs by their names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "db/repository_fixture.h"

namespace stemscribe::db {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SearchTest : public RepositoryTest {};

std::vector<std::string> Ids(const std::vector<jobs::Job>& jobs) {
  std::vector<std::string> ids;
  for (const jobs::Job& job : jobs) ids.push_back(job.id);
  return ids;
}

TEST_P(SearchTest, ListsAreSearchedByTheWordsOfNames) {
  const auto queue = [&](const std::string& file, const std::string& name) {
    jobs::NewJob job = New();
    job.input_filename = file;
    job.name = name;
    return Queue(job).id;
  };
  const std::string halo = queue("01 Halo.mp3", "Beyoncé – Halo");
  const std::string deja = queue("Déjà Vu.flac", "");
  const std::string percent = queue("100%_loud.wav", "");
  const auto find = [&](const std::string& search) {
    jobs::JobFilter filter;
    filter.search = search;
    return Ids(repository_->List(filter, 10, "").jobs);
  };
  EXPECT_THAT(find("BEYONCE"), ElementsAre(halo));
  EXPECT_THAT(find("halo beyonc\u00e9"), ElementsAre(halo)) << "in any order";
  EXPECT_THAT(find("halo mp3 01"), ElementsAre(halo)) << "by the name of its file, too";
  EXPECT_THAT(find("de\u0301ja"), ElementsAre(deja));
  EXPECT_THAT(find("deja halo"), IsEmpty()) << "all of the words";
  EXPECT_THAT(find("0%_l"), ElementsAre(percent));
  EXPECT_THAT(find("%a%"), IsEmpty()) << "nothing is a wildcard";
  EXPECT_THAT(find("_"), ElementsAre(percent));
  EXPECT_THAT(find("' OR ''='"), IsEmpty());
  EXPECT_THAT(find("  "), ElementsAre(percent, deja, halo));
}

TEST_P(SearchTest, SearchesHavePages) {
  jobs::NewJob other = New();
  std::vector<std::string> expected;
  for (int i = 0; i < 4; ++i) {
    other.id = New().id;
    other.input_filename = i % 2 == 0 ? "rare.wav" : "common.wav";
    const std::string id = Queue(other).id;
    if (i % 2 == 0) expected.insert(expected.begin(), id);
  }
  jobs::JobFilter filter;
  filter.search = "rare";
  const jobs::JobPage first = repository_->List(filter, 1, "");
  const jobs::JobPage second = repository_->List(filter, 1, first.next_cursor);
  EXPECT_THAT(Ids(first.jobs), ElementsAre(expected[0]));
  EXPECT_THAT(Ids(second.jobs), ElementsAre(expected[1]));
  EXPECT_EQ(second.next_cursor, "");
}

STEMSCRIBE_ON_ALL_DATABASES(SearchTest);

}  // namespace
}  // namespace stemscribe::db
