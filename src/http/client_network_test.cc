#include "http/client_network.h"

#include <gtest/gtest.h>

#include "http/server_context.h"

namespace stemscribe::http {
namespace {

TEST(ClientNetworkTest, OfIpv6TheFirstHalfCounts) {
  EXPECT_EQ(NetworkOf("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
  EXPECT_EQ(NetworkOf("2001:db8:1:2::"), NetworkOf("2001:db8:1:2:ffff::1"));
  EXPECT_NE(NetworkOf("2001:db8:1:3::1"), NetworkOf("2001:db8:1:2::1"));
  EXPECT_EQ(NetworkOf("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(NetworkOf("::ffff:192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(NetworkOf("unknown"), "unknown");
}

TEST(ClientNetworkTest, KnowsThisMachine) {
  for (const char* here : {"127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"}) {
    EXPECT_TRUE(IsLoopback(here)) << here;
  }
  for (const char* elsewhere : {"10.0.0.1", "::2", "2001:db8::1", "localhost", ""}) {
    EXPECT_FALSE(IsLoopback(elsewhere)) << elsewhere;
  }
}

TEST(ConnectionCounterTest, ANetworkOfIpv6HasAsManyConnectionsAsAnAddress) {
  ConnectionCounter counter;
  EXPECT_TRUE(counter.Add("2001:db8::1", 2));
  EXPECT_TRUE(counter.Add("2001:db8::2", 2));
  EXPECT_FALSE(counter.Add("2001:db8::3", 2));
  EXPECT_TRUE(counter.Add("2001:db8:0:1::3", 2)) << "another network";
  counter.Remove("2001:db8::1");
  EXPECT_TRUE(counter.Add("2001:db8::4", 2));
  EXPECT_EQ(counter.total(), 3);
}

}  // namespace
}  // namespace stemscribe::http
