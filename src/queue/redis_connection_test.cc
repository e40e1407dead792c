#include "queue/redis_connection.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/error.h"
#include "queue/redis_test_server.h"

namespace stemscribe::queue {
namespace {

std::string WrongFieldOf(const std::string& url) {
  try {
    RedisSettingsFrom(url);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    return error.details().at(0).field;
  }
  return "";
}

TEST(RedisSettingsTest, UrlsAreRead) {
  const RedisSettings plain = RedisSettingsFrom("redis://localhost");
  EXPECT_EQ(plain.addresses.at(0).host, "localhost");
  EXPECT_EQ(plain.addresses[0].port, 6379);
  EXPECT_FALSE(plain.tls);
  const RedisSettings full =
      RedisSettingsFrom("rediss://me:p%40ss@[::1]:7000/3?ca_file=/a%20b&prefix=songs");
  EXPECT_TRUE(full.tls);
  EXPECT_EQ(full.user, "me");
  EXPECT_EQ(full.password, "p@ss");
  EXPECT_EQ(full.addresses.at(0).host, "[::1]");
  EXPECT_EQ(full.addresses[0].port, 7000);
  EXPECT_EQ(full.database, 3);
  EXPECT_EQ(full.ca_file, "/a b");
  EXPECT_EQ(full.prefix, "songs");
  EXPECT_EQ(RedisSettingsFrom("redis://:secret@host").password, "secret");
  const RedisSettings sentinels = RedisSettingsFrom("redis+sentinel://a,b:7/main/2");
  EXPECT_EQ(sentinels.sentinel_master, "main");
  EXPECT_EQ(sentinels.addresses.size(), 2u);
  EXPECT_EQ(sentinels.addresses.at(0).port, 26379);
  EXPECT_EQ(sentinels.addresses.at(1).port, 7);
  EXPECT_EQ(sentinels.database, 2);
}

TEST(RedisSettingsTest, WhatIsWrongIsTold) {
  for (const char* url :
       {"", "http://host", "redis://", "redis://host:port", "redis://host:99999", "redis://host/x",
        "redis://a,b", "redis://host?colour=red", "redis+sentinel://a,b"}) {
    EXPECT_EQ(WrongFieldOf(url), "QUEUE_URL") << url;
  }
}

void ExpectWorks(const RedisSettings& settings) {
  RedisConnection connection(settings);
  const std::string binary("\0\r\n\xff", 4);
  EXPECT_EQ(connection.Call({"SET", "key", binary}, settings.timeout).text, "OK");
  EXPECT_EQ(connection.Call({"GET", "key"}, settings.timeout).text, binary);
  const std::string large(3'000'000, 'x');
  connection.Call({"SET", "large", large}, settings.timeout);
  EXPECT_TRUE(connection.Call({"GET", "large"}, settings.timeout).text == large);
}

TEST(RedisConnectionTest, SpeaksToAServer) {
  RedisTestServer server;
  ExpectWorks(server.Settings());
  RedisConnection connection(server.Settings());
  EXPECT_TRUE(connection.Call({"NONSENSE"}, jobs::Milliseconds(5000)).IsError("ERR"));
}

TEST(RedisConnectionTest, LogsInAndSelects) {
  RedisTestServer server({"--requirepass", "secret"});
  RedisSettings settings = server.Settings();
  EXPECT_TRUE(RedisConnection(settings).Call({"PING"}, settings.timeout).IsError("NOAUTH"));
  settings.password = "wrong";
  EXPECT_THROW(RedisConnection{settings}, Error);
  settings.password = "secret";
  settings.database = 5;
  ExpectWorks(settings);
  settings.database = 0;
  EXPECT_EQ(RedisConnection(settings).Call({"EXISTS", "key"}, settings.timeout).number, 0);
}

TEST(RedisConnectionTest, TheMasterIsAskedOfTheSentinels) {
  RedisTestServer master;
  const TestFolder folder;
  const int port = jobs::FreePort();
  const auto config =
      folder.Write("sentinel.conf", "port " + std::to_string(port) +
                                        "\nbind 127.0.0.1\nsentinel monitor main 127.0.0.1 " +
                                        std::to_string(master.port()) + " 1\n");
  jobs::TestServer sentinel({"redis-server", config.string(), "--sentinel"}, port);
  ASSERT_TRUE(sentinel.Start());
  RedisSettings settings =
      RedisSettingsFrom("redis+sentinel://127.0.0.1:1,127.0.0.1:" + std::to_string(port) + "/main");
  ExpectWorks(settings);
  settings.sentinel_master = "other";
  EXPECT_THROW(RedisConnection{settings}, Error);
}

TEST(RedisConnectionTest, SpeaksTlsAndChecksCertificates) {
  const TestFolder folder;
  const TestCertificate certificate(folder);
  const int port = jobs::FreePort();
  jobs::TestServer server(
      {"redis-server", "--port", "0", "--tls-port", std::to_string(port), "--tls-cert-file",
       certificate.file, "--tls-key-file", certificate.key, "--tls-ca-cert-file", certificate.file,
       "--tls-auth-clients", "no", "--save", "", "--dir", folder.path().string()},
      port);
  ASSERT_TRUE(server.Start());
  const std::string url = "rediss://127.0.0.1:" + std::to_string(port);
  ExpectWorks(RedisSettingsFrom(url + "?ca_file=" + certificate.file));
  EXPECT_THROW(RedisConnection{RedisSettingsFrom(url)}, Error) << "signed by nobody we trust";
}

}  // namespace
}  // namespace stemscribe::queue
