#include "api/zip_stream.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <vector>

#include "base/error.h"

namespace stemscribe::api {
namespace {

class TextReader final : public jobs::BlobReader {
 public:
  explicit TextReader(std::string text) : text_(std::move(text)) {}

  size_t Read(std::span<std::byte> out) override {
    const size_t count = std::min(out.size(), text_.size() - position_);
    std::memcpy(out.data(), text_.data() + position_, count);
    position_ += count;
    return count;
  }

 private:
  const std::string text_;
  size_t position_ = 0;
};

ZipEntry EntryOf(const std::string& name, const std::string& text) {
  return {name, static_cast<int64_t>(text.size()), {}, [text] {
            return std::make_unique<TextReader>(text);
          }};
}

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
  const std::string large(1'500'000, 'x');
  ZipStream stream({EntryOf("stems/größe.mp3", large), EntryOf("b.json", "")});
  std::string zip;
  size_t pieces = 0;
  while (const auto piece = stream.Next()) {
    EXPECT_LT(piece->size(), 1U << 20);
    zip += *piece;
    ++pieces;
  }
  EXPECT_GT(pieces, 3U);
  const auto files = Unzip(zip);
  ASSERT_EQ(files.size(), 2U);
  EXPECT_EQ(files.at("stems/größe.mp3"), large);
  EXPECT_EQ(files.at("b.json"), "");
}

TEST(ZipStreamTest, ABlobThatIsGoneIsAnError) {
  ZipStream stream({{"a", 1, {}, []() -> std::unique_ptr<jobs::BlobReader> {
                       throw Error(ErrorCode::kNotFound, "gone");
                     }}});
  EXPECT_THROW(stream.Next(), Error);
}

}  // namespace
}  // namespace stemscribe::api
