#include "base/json_text.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <limits>

namespace stemscribe {
namespace {

TEST(JsonTextTest, NumbersAreWrittenAsPeopleDo) {
  EXPECT_EQ(ToJsonText({10.894126984126984, 0.01, 2.0, 120, -0.5, 1e30, nullptr, true}),
            "[10.894126984126984,0.01,2.0,120,-0.5,1e+30,null,true]");
  EXPECT_EQ(ToJsonText(std::numeric_limits<double>::infinity()), "null");
}

TEST(JsonTextTest, IsAlwaysUtf8) {
  EXPECT_EQ(ToJsonText({{"caf\xe9", "\xc3\xa9\xff"}}), "{\"caf\uFFFD\":\"\u00e9\uFFFD\"}");
}

TEST(JsonTextTest, WhatIsReadBackIsTheSame) {
  const boost::json::value value = boost::json::parse(
      R"({"a":{},"b":[],"c":[{"d":"\"\\\n\u0001é"},{"e":{"f":[1,2.5,-3e-7]}}],"{":"}"})");
  EXPECT_EQ(boost::json::parse(ToJsonText(value)), value);
  EXPECT_EQ(ToJsonText(boost::json::parse(R"({"a":{},"b":[{}],"c":""})")),
            R"({"a":{},"b":[{}],"c":""})");
}

}  // namespace
}  // namespace stemscribe
