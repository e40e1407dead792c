#include "jobs/publisher.h"

#include <gmock/gmock.h>
#include <zlib.h>

#include <array>

#include "base/error.h"
#include "base/test_folder.h"

namespace stemscribe::jobs {
namespace {

std::string Gunzip(const std::filesystem::path& file) {
  gzFile in = gzopen(file.c_str(), "rb");
  std::string text;
  std::array<char, 4096> block{};
  for (int count = 0; (count = gzread(in, block.data(), block.size())) > 0;) {
    text.append(block.data(), static_cast<size_t>(count));
  }
  gzclose(in);
  return text;
}

TEST(GzipFileTest, GivesBackWhatWentIn) {
  const TestFolder folder;
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += std::to_string(i) + ",";  // more than one block
  for (const std::string& content : {std::string(), std::string("x"), text}) {
    GzipFile(folder.Write("a.json", content), folder.path() / "a.json.gz");
    EXPECT_EQ(Gunzip(folder.path() / "a.json.gz"), content);
  }
  EXPECT_LT(std::filesystem::file_size(folder.path() / "a.json.gz"), text.size() / 2);
}

TEST(GzipFileTest, AMissingFileIsTheToolsFault) {
  const TestFolder folder;
  EXPECT_THROW(GzipFile(folder.path() / "missing", folder.path() / "x"), Error);
}

TEST(GzipFileTest, AFullDiskIsTold) {
  const TestFolder folder;
  try {
    GzipFile(folder.Write("a", std::string(1000, 'x')), "/dev/full");
    FAIL() << "it was written";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kStorageLimitExceeded);
  }
}

}  // namespace
}  // namespace stemscribe::jobs
