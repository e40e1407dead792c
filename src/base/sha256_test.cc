#include "base/sha256.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string_view>

#include "base/error.h"

namespace stemscribe {
namespace {

TEST(Sha256Test, MatchesTheStandardsExample) {
  Sha256 sha;
  for (const char c : std::string_view("abc")) sha.Update(std::as_bytes(std::span(&c, 1)));
  EXPECT_EQ(sha.FinishHex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256Test, MissingFileIsAnIoError) {
  try {
    Sha256HexOfFile("/nonexistent/file");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
  }
}

}  // namespace
}  // namespace stemscribe
