#include "http/allowed_hosts.h"

#include <gtest/gtest.h>

#include "http/http_error.h"
#include "http/test_request.h"

namespace stemscribe::http {
namespace {

bool Allows(const AllowedHosts& hosts,
            std::vector<std::pair<std::string_view, std::string_view>> fields) {
  try {
    hosts.Check(TestRequest(std::move(fields)));
    return true;
  } catch (const HttpError& error) {
    EXPECT_EQ(error.status(), 403);
    return false;
  }
}

bool AllowsHost(const AllowedHosts& hosts, std::string_view host) {
  return Allows(hosts, {{"Host", host}});
}

TEST(AllowedHostsTest, AnyNameUnlessTold) {
  EXPECT_TRUE(AllowsHost(AllowedHosts(), "evil.example.net"));
  EXPECT_TRUE(AllowsHost(AllowedHosts("songs.example.org, *"), "evil.example.net"));
}

TEST(AllowedHostsTest, AddressesAndLocalhostAlways) {
  const AllowedHosts none("");
  for (const char* host : {"127.0.0.1", "127.0.0.1:8000", "192.168.1.7:80", "[::1]", "[::1]:8000",
                           "localhost", "LOCALHOST:8000", "localhost.", "songs.localhost:8000"}) {
    EXPECT_TRUE(AllowsHost(none, host)) << host;
  }
  EXPECT_TRUE(Allows(none, {}));
  EXPECT_FALSE(AllowsHost(none, ""));
}

TEST(AllowedHostsTest, OtherNamesOnlyIfListed) {
  const AllowedHosts hosts("songs.example.org");
  EXPECT_TRUE(AllowsHost(hosts, "songs.example.org"));
  EXPECT_TRUE(AllowsHost(hosts, "Songs.Example.org.:443"));
  for (const char* host :
       {"evil.example.net", "evil.example.net:8000", "songs.example.org.evil.net", "example.org",
        "a.songs.example.org", "notlocalhost", "localhost.evil.net", "127.0.0.1.evil.net",
        "[::1].evil.net", "[::1", "[", "", ":80", "127.0.0.1@evil.net"}) {
    EXPECT_FALSE(AllowsHost(hosts, host)) << host;
  }
}

}  // namespace
}  // namespace stemscribe::http
