#include "http/trusted_proxies.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "http/test_request.h"

namespace stemscribe::http {
namespace {

std::string ClientOf(const TrustedProxies& proxies, const std::string& peer,
                     std::vector<std::pair<std::string_view, std::string_view>> fields) {
  return proxies.ClientOf(peer, TestRequest(std::move(fields)));
}

std::string XForwardedFor(const TrustedProxies& proxies, const std::string& peer,
                          std::string_view value) {
  return ClientOf(proxies, peer, {{"X-Forwarded-For", value}});
}

TEST(TrustedProxiesTest, StrangersAreNotBelieved) {
  EXPECT_EQ(XForwardedFor(TrustedProxies(), "127.0.0.1", "192.0.2.1"), "127.0.0.1");
  EXPECT_EQ(XForwardedFor(TrustedProxies("10.0.0.0/8"), "11.0.0.1", "192.0.2.1"), "11.0.0.1");
}

TEST(TrustedProxiesTest, TheLastHopThatIsNoProxyIsTheClient) {
  const TrustedProxies proxies("10.0.0.0/8, 127.0.0.1,2001:db8::/33");
  EXPECT_EQ(XForwardedFor(proxies, "10.1.2.3", "192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(XForwardedFor(proxies, "10.1.2.3", "6.6.6.6, 192.0.2.1"), "192.0.2.1") << "made up";
  EXPECT_EQ(XForwardedFor(proxies, "127.0.0.1", "192.0.2.1, 10.9.9.9"), "192.0.2.1");
  EXPECT_EQ(XForwardedFor(proxies, "127.0.0.1", "10.0.0.7, 10.9.9.9"), "10.0.0.7")
      << "an inner one";
  EXPECT_EQ(XForwardedFor(proxies, "2001:db8::1", "192.0.2.1:4711"), "192.0.2.1");
  EXPECT_EQ(XForwardedFor(proxies, "2001:db8:8000::1", "192.0.2.1"), "2001:db8:8000::1");
  EXPECT_EQ(XForwardedFor(proxies, "::ffff:10.0.0.1", "::ffff:192.0.2.1"), "192.0.2.1");
}

TEST(TrustedProxiesTest, SeveralHeadersAreOneList) {
  EXPECT_EQ(ClientOf(TrustedProxies("10.0.0.1"), "10.0.0.1",
                     {{"X-Forwarded-For", "6.6.6.6"}, {"x-forwarded-for", "192.0.2.1"}}),
            "192.0.2.1");
}

TEST(TrustedProxiesTest, WhatIsNoAddressEndsTheSearch) {
  const TrustedProxies proxies("10.0.0.0/8");
  for (const char* value : {"", "unknown", "192.0.2.1, _hidden", "192.0.2.1,", "[::1", "1.2.3"}) {
    EXPECT_EQ(XForwardedFor(proxies, "10.0.0.1", value), "10.0.0.1") << value;
  }
}

TEST(TrustedProxiesTest, ForwardedCountsWhereTheOtherIsMissing) {
  const TrustedProxies proxies("10.0.0.0/8");
  const auto forwarded = [&](std::string_view value) {
    return ClientOf(proxies, "10.0.0.1", {{"Forwarded", value}});
  };
  EXPECT_EQ(forwarded("for=6.6.6.6, For=192.0.2.1;proto=https"), "192.0.2.1");
  EXPECT_EQ(forwarded("proto=https;for=\"[2001:db8::7]:4711\""), "2001:db8::7");
  EXPECT_EQ(forwarded("for=192.0.2.1, proto=https"), "10.0.0.1");
  EXPECT_EQ(ClientOf(proxies, "10.0.0.1",
                     {{"Forwarded", "for=6.6.6.6"}, {"X-Forwarded-For", "192.0.2.1"}}),
            "192.0.2.1");
}

TEST(TrustedProxiesTest, NonsenseIsRefused) {
  for (const char* list :
       {"localhost", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8x", "::/129", "1,"}) {
    EXPECT_THROW(TrustedProxies{list}, Error) << list;
  }
  EXPECT_NO_THROW(TrustedProxies{" "});
}

}  // namespace
}  // namespace stemscribe::http
