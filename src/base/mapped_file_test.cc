#include "base/mapped_file.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/test_folder.h"

namespace stemscribe {
namespace {

namespace fs = std::filesystem;

class MappedFileTest : public testing::Test {
 protected:
  void Write(const std::string& text) const { std::ofstream(path_, std::ios::binary) << text; }

  const TestFolder folder_;
  const fs::path path_ = folder_ / "file";
};

TEST_F(MappedFileTest, ShowsTheFileBeforeAndAfterItIsEvicted) {
  std::string text(1 << 20, ' ');
  for (size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 7 + i / 4096);
  Write(text);
  const MappedFile file(path_);
  const auto equal = [&] {
    return std::ranges::equal(file.bytes(), std::as_bytes(std::span<const char>(text)));
  };
  EXPECT_TRUE(equal());
  file.Evict();
  EXPECT_TRUE(equal());
}

TEST_F(MappedFileTest, ThereMustBeSomethingToMap) {
  const auto code = [this] {
    try {
      const MappedFile file(path_);
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::kInternal;
  };
  EXPECT_EQ(code(), ErrorCode::kIo);
  Write("");
  EXPECT_EQ(code(), ErrorCode::kIo);
}

}  // namespace
}  // namespace stemscribe
