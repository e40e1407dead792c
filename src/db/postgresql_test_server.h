// For tests: a real PostgreSQL server on a private port. It does not run as root, so it takes the
// user nobody there.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/test_folder.h"
#include "db/connection_pool.h"
#include "db/migrate.h"
#include "db/query.h"
#include "jobs/manual_clock.h"
#include "jobs/test_server.h"

namespace stemscribe::db {

class PostgresqlTestServer {
 public:
  /// `waits_for_disk`: as in earnest. Tests cannot tell the difference.
  explicit PostgresqlTestServer(bool waits_for_disk = false)
      : server_(Command(waits_for_disk), port_) {
    const std::string init = fmt::format(
        "chown nobody '{0}' 2> /dev/null; {1} {2}/initdb -D {0}/data -U stemscribe "
        "-A trust -E UTF8 --locale=C.UTF-8 --no-sync > {0}.log 2>&1 && rm {0}.log",
        folder_.path().string(), fmt::join(AsServant(), " "), STEMSCRIBE_POSTGRESQL);
    // NOLINTNEXTLINE(cert-env33-c): a test, and no text from outside
    if (std::system(init.c_str()) != 0) throw std::runtime_error("initdb failed: " + init);
    Start();
    Migrate(Url("template1"), jobs::ManualClock());  // new databases are copies of it
  }
  ~PostgresqlTestServer() { Stop(); }

  /// The one that all tests of this process share; it ends with the process.
  static PostgresqlTestServer& Shared() {
    static PostgresqlTestServer server;
    return server;
  }

  void Start() {
    const auto is_ready = [this] {
      try {
        ConnectionPool({.url = Url("postgres")}, 1).Read([](soci::session&) {});
        return true;
      } catch (const Error&) {
        return false;
      }
    };
    if (!server_.Start() || !Eventually(is_ready)) {
      throw std::runtime_error("PostgreSQL did not start");
    }
  }

  /// At once, as by a crash; connections break.
  void Stop() { server_.Stop(SIGQUIT); }

  void Signal(int signal) { server_.Signal(signal); }

  std::string Url(const std::string& database) const {
    return fmt::format("postgresql://stemscribe:no%27secret@127.0.0.1:{}/{}", port_, database);
  }

  /// The URL of a new database, whose schema is up to date.
  std::string NewDatabase() {
    static std::atomic<int> count = 0;
    const std::string name = fmt::format("test{}", ++count);
    ConnectionPool({.url = Url("postgres")}, 1).Read([&](soci::session& session) {
      Execute(session, "CREATE DATABASE " + name);
    });
    return Url(name);
  }

 private:
  static std::vector<std::string> AsServant() {
    if (geteuid() != 0) return {"env"};
    return {"setpriv", "--reuid",        "nobody",      "--regid",
            "nogroup", "--clear-groups", "--pdeathsig", "QUIT"};
  }

  std::vector<std::string> Command(bool waits_for_disk) const {
    std::vector<std::string> command = AsServant();
    for (const std::string& word :
         {std::string(STEMSCRIBE_POSTGRESQL) + "/postgres", std::string("-D"),
          (folder_.path() / "data").string(), std::string("-p"), std::to_string(port_)}) {
      command.push_back(word);
    }
    for (const char* option :
         {"listen_addresses=127.0.0.1", "unix_socket_directories=",
          waits_for_disk ? "fsync=on" : "fsync=off", "autovacuum=off", "max_connections=60"}) {
      command.insert(command.end(), {"-c", option});
    }
    return command;
  }

  TestFolder folder_;
  const int port_ = jobs::FreePort();
  jobs::TestServer server_;
};

}  // namespace stemscribe::db
