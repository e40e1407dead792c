#include "base/trace_context.h"

#include <gtest/gtest.h>

namespace stemscribe {
namespace {

constexpr char kTrace[] = "0af7651916cd43dd8448eb211c80319c";
constexpr char kSpan[] = "b7ad6b7169203331";

std::string Parent(const std::string& version = "00", const std::string& trace = kTrace,
                   const std::string& span = kSpan, const std::string& flags = "01") {
  return version + "-" + trace + "-" + span + "-" + flags;
}

TEST(TraceContextTest, TakesWhatIsValid) {
  const auto context = ParseTraceContext(Parent(), "a=1,b=2");
  ASSERT_TRUE(context);
  EXPECT_EQ(context->parent, Parent());
  EXPECT_EQ(context->trace_id(), kTrace);
  EXPECT_EQ(context->span_id(), kSpan);
  EXPECT_EQ(context->state, "a=1,b=2");
}

TEST(TraceContextTest, TakesWhatALaterVersionAdds) {
  EXPECT_EQ(ParseTraceContext(Parent("cc") + "-more", "")->parent, Parent());
  EXPECT_EQ(ParseTraceContext(Parent("cc"), "")->parent, Parent());
}

TEST(TraceContextTest, RefusesTheRest) {
  for (const std::string& bad :
       {std::string(), std::string("00"), Parent("ff"), Parent("0G"),
        Parent("00", std::string(32, '0')), Parent("00", kTrace, std::string(16, '0')),
        Parent("00", kTrace, kSpan, "0x"), Parent() + "-more", Parent("cc") + "more",
        Parent() + " ", Parent("00", "0AF7651916CD43DD8448EB211C80319C"),
        "00_" + Parent().substr(3)}) {
    EXPECT_FALSE(ParseTraceContext(bad, "a=1")) << bad;
  }
}

TEST(TraceContextTest, AStateThatIsTooLongOrNoTextIsLeftOut) {
  EXPECT_EQ(ParseTraceContext(Parent(), "a=" + std::string(510, 'x'))->state.size(), 512);
  EXPECT_EQ(ParseTraceContext(Parent(), "a=" + std::string(511, 'x'))->state, "");
  EXPECT_EQ(ParseTraceContext(Parent(), "a=\n")->state, "");
}

TEST(TraceContextTest, ASpanKeepsTheTraceAndItsFlags) {
  const TraceContext span = NewSpan(ParseTraceContext(Parent(), "a=1"), {1, 2, 0xabc0});
  EXPECT_EQ(span.parent, Parent("00", kTrace, "000000000000abc1"));
  EXPECT_EQ(span.state, "a=1");
}

TEST(TraceContextTest, ANewTraceIsValid) {
  const TraceContext span = NewSpan(std::nullopt, {});
  EXPECT_EQ(span.parent, "00-" + std::string(31, '0') + "1-" + std::string(15, '0') + "1-00");
  EXPECT_TRUE(ParseTraceContext(span.parent, span.state));
}

}  // namespace
}  // namespace stemscribe
