#include "api/upload_place.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace stemscribe::api {
namespace {

ErrorCode Refusal(Uploads& uploads, const std::string& caller, int most) {
  try {
    uploads.Take(caller, most);
  } catch (const Error& error) {
    return error.code();
  }
  ADD_FAILURE() << "it was taken";
  return ErrorCode::kInternal;
}

TEST(UploadsTest, OneCallerHasAQuarterOfThePlaces) {
  Uploads uploads;
  for (int i = 0; i < 2; ++i) uploads.Take("a", 8);
  EXPECT_EQ(Refusal(uploads, "a", 8), ErrorCode::kRateLimited);
  for (const char* other : {"b", "b", "c", "c", "d", "d"}) uploads.Take(other, 8);
  EXPECT_EQ(Refusal(uploads, "e", 8), ErrorCode::kUnavailable);
  uploads.Give("a");
  uploads.Take("a", 8);
  for (const char* caller : {"a", "a", "b", "b", "c", "c", "d", "d"}) uploads.Give(caller);
  for (int i = 0; i < 2; ++i) uploads.Take("a", 8);
}

TEST(UploadsTest, FewPlacesAreStillOneForEach) {
  Uploads uploads;
  uploads.Take("a", 2);
  EXPECT_EQ(Refusal(uploads, "a", 2), ErrorCode::kRateLimited);
  uploads.Take("b", 2);
}

TEST(UploadsTest, WhoHasNoNameHasNoShare) {
  Uploads uploads;
  for (int i = 0; i < 4; ++i) uploads.Take("", 4);
  EXPECT_EQ(Refusal(uploads, "", 4), ErrorCode::kUnavailable);
  uploads.Give("");
  uploads.Take("", 4);
}

}  // namespace
}  // namespace stemscribe::api
