// The queue on what operators run: TLS with a user of its own, and sentinels whose master dies.
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>

#include "base/error.h"
#include "queue/redis_queue.h"
#include "queue/redis_test_server.h"

namespace stemscribe::queue {
namespace {

using jobs::Milliseconds;

RedisQueueSettings SettingsOf(const std::string& url) {
  RedisQueueSettings settings{.redis = RedisSettingsFrom(url), .consumer = "me"};
  settings.redis.timeout = std::chrono::seconds(2);
  settings.reconcile_interval = Milliseconds(1);
  return settings;
}

/// The next announcement; empty if none comes soon.
std::string Take(RedisQueue& queue) {
  const auto announcement = queue.Wait(Milliseconds(20), {});
  if (!announcement) return "";
  queue.Done(*announcement);
  return announcement->job_id;
}

std::string Next(RedisQueue& queue) {
  std::string id;
  EXPECT_TRUE(Eventually([&] { return !(id = Take(queue)).empty(); }));
  return id;
}

std::unique_ptr<jobs::TestServer> StartRedis(const TestFolder& folder, int port,
                                             const std::string& configuration,
                                             bool is_sentinel = false) {
  const auto file =
      folder.Write("redis-" + std::to_string(port) + ".conf",
                   "bind 127.0.0.1\ndir " + folder.path().string() + "\n" + configuration);
  std::vector<std::string> command = {"redis-server", file.string()};
  if (is_sentinel) command.emplace_back("--sentinel");
  auto server = std::make_unique<jobs::TestServer>(command, port);
  EXPECT_TRUE(server->Start());
  return server;
}

TEST(RedisFailoverTest, TheQueueWorksThroughTlsWithAUserOfItsOwn) {
  const TestFolder folder;
  const TestCertificate certificate(folder);
  const int port = jobs::FreePort();
  // What docs/SCALING.md tells operators to give it.
  const auto server = StartRedis(
      folder, port,
      "port 0\nsave \"\"\ntls-port " + std::to_string(port) + "\ntls-cert-file " +
          certificate.file + "\ntls-key-file " + certificate.key +
          "\ntls-auth-clients no\nuser default off\n"
          "user worker on \">s cret\" ~stemscribe:* &stemscribe:* +@all -@dangerous -@admin\n");
  const std::string address = "127.0.0.1:" + std::to_string(port) + "?ca_file=" + certificate.file;
  RedisQueue queue(SettingsOf("rediss://worker:s%20cret@" + address));
  queue.CheckHealth();
  queue.Announce("a");
  EXPECT_EQ(Next(queue), "a");
  EXPECT_EQ(queue.Stats()->lag, 0);
  queue.Reconcile({.count = [] { return 1; },
                   .next_page =
                       [is_first = true]() mutable {
                         return std::exchange(is_first, false) ? std::vector<std::string>{"b"}
                                                               : std::vector<std::string>{};
                       }});
  EXPECT_EQ(Next(queue), "b");
  for (const char* wrong : {"rediss://worker:wrong@", "rediss://", "redis://worker:s%20cret@"}) {
    RedisQueue refused(SettingsOf(wrong + address));
    EXPECT_THROW(refused.CheckHealth(), Error) << wrong;
  }
}

TEST(RedisFailoverTest, TheQueueFollowsTheMasterThatTheSentinelsName) {
  const TestFolder folder;
  const int first_port = jobs::FreePort();
  const int second_port = jobs::FreePort();
  const int sentinel_port = jobs::FreePort();
  const std::string password = "requirepass secret\nmasterauth secret\nsave \"\"\n";
  const auto first =
      StartRedis(folder, first_port, "port " + std::to_string(first_port) + "\n" + password);
  const auto second =
      StartRedis(folder, second_port,
                 "port " + std::to_string(second_port) + "\nrepl-diskless-sync-delay 0\n" +
                     password + "replicaof 127.0.0.1 " + std::to_string(first_port) + "\n");
  const auto replica_says = [&](const std::string& what) {
    RedisConnection replica(
        RedisSettingsFrom("redis://:secret@127.0.0.1:" + std::to_string(second_port)));
    const std::string text = replica.Call({"INFO", "replication"}, Milliseconds(5000)).text;
    return text.find(what) != std::string::npos;
  };
  ASSERT_TRUE(Eventually([&] { return replica_says("master_link_status:up"); }));
  const auto sentinel = StartRedis(folder, sentinel_port,
                                   "port " + std::to_string(sentinel_port) +
                                       "\nrequirepass secret\nsentinel monitor main 127.0.0.1 " +
                                       std::to_string(first_port) +
                                       " 1\nsentinel auth-pass main secret\n"
                                       "sentinel down-after-milliseconds main 300\n"
                                       "sentinel failover-timeout main 3000\n",
                                   /*is_sentinel=*/true);
  RedisQueue queue(SettingsOf(
      "redis+sentinel://:secret@127.0.0.1:1,127.0.0.1:" + std::to_string(sentinel_port) + "/main"));
  queue.Announce("a");
  EXPECT_EQ(Next(queue), "a");
  RedisConnection asked(
      RedisSettingsFrom("redis://:secret@127.0.0.1:" + std::to_string(sentinel_port)));
  ASSERT_TRUE(Eventually([&] {  // it must know of the replica
    return !asked.Call({"SENTINEL", "replicas", "main"}, Milliseconds(5000)).items.empty();
  }));
  first->Kill();
  EXPECT_TRUE(Eventually([&] {
    queue.Announce("b");  // lost while there is no master: the reconciler would say it again, too
    return Take(queue) == "b";
  }));
  EXPECT_TRUE(replica_says("role:master"));
}

}  // namespace
}  // namespace stemscribe::queue
