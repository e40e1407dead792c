#include "api/zip_stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <vector>

#include "base/error.h"

namespace stemscribe::api {
namespace {

std::map<std::string, std::string> Unzip(const std::string& zip) {
  std::map<std::string, std::string> files;
  archive* reader = archive_read_new();
  archive_read_support_format_zip_streamable(reader);
  EXPECT_EQ(archive_read_open_memory(reader, zip.data(), zip.size()), ARCHIVE_OK);
  archive_entry* entry = nullptr;
  while (archive_read_next_header(reader, &entry) == ARCHIVE_OK) {
    std::string& content = files[archive_entry_pathname(entry)];
    std::string block(65536, '\0');
    for (la_ssize_t got = 0; (got = archive_read_data(reader, block.data(), block.size())) > 0;) {
      content.append(block, 0, static_cast<size_t>(got));
    }
  }
  archive_read_free(reader);
  return files;
}

TEST(ZipStreamTest, HoldsTheFilesUnderTheirNames) {
  const auto dir = std::filesystem::temp_directory_path() / "zip_stream_test";
  std::filesystem::create_directory(dir);
  const std::string large(1'500'000, 'x');
  std::ofstream(dir / "a") << large;
  std::ofstream(dir / "b") << "";
  ZipStream stream({{"stems/größe.mp3", dir / "a"}, {"b.json", dir / "b"}});
  std::string zip;
  size_t pieces = 0;
  while (const auto piece = stream.Next()) {
    EXPECT_LT(piece->size(), 1U << 20);
    zip += *piece;
    ++pieces;
  }
  std::filesystem::remove_all(dir);
  EXPECT_GT(pieces, 3U);
  const auto files = Unzip(zip);
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files.at("stems/größe.mp3"), large);
  EXPECT_EQ(files.at("b.json"), "");
}

TEST(ZipStreamTest, AMissingFileIsAnIoError) {
  ZipStream stream(std::vector<ZipEntry>{{"a", "/nonexistent"}});
  EXPECT_THROW(stream.Next(), Error);
}

}  // namespace
}  // namespace stemscribe::api
