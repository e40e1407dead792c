#include "db/postgresql_database.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>
#include <soci/postgresql/soci-postgresql.h>
#include <sys/socket.h>

#include <cctype>
#include <cstdint>
#include <map>
#include <memory>

#include "base/error.h"
#include "db/query.h"

namespace stemscribe::db {
namespace {

PGconn* ConnectionOf(soci::session& session) {
  return static_cast<soci::postgresql_session_backend*>(session.get_backend())->conn_;
}

/// SOCI takes what looks like a list of parameters apart before libpq sees it: this does not.
std::string PercentEncode(const std::string& text) {
  std::string encoded;
  for (const char c : text) {
    const bool is_plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    encoded += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<uint8_t>(c));
  }
  return encoded;
}

std::map<std::string, std::string> ParseUrl(const std::string& url) {
  char* reason = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(url.c_str(), &reason), PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> owned(reason, PQfreemem);
  std::map<std::string, std::string> given;
  for (auto* option = options.get(); option != nullptr && option->keyword != nullptr; ++option) {
    if (option->val != nullptr) given[option->keyword] = option->val;
  }
  // libpq does not look at the port before it connects; several hosts may have one each.
  const bool has_port = given["port"].find_first_not_of("0123456789,") == std::string::npos;
  if (!options || !has_port) {
    // libpq's reason would quote the URL with its password.
    throw Error(ErrorCode::kInvalidArgument, "DATABASE_URL is not one we know",
                {{"DATABASE_URL", "must be postgresql://user:password@host:port/database"}});
  }
  if (given["port"].empty()) given.erase("port");
  return given;
}

/// Nothing may wait for ever: neither for a statement or a lock, nor for a peer that is gone. A
/// process that is stopped in a transaction must not hold its locks for long, either.
std::string ConnectionUrl(const DatabaseSettings& settings) {
  std::map<std::string, std::string> given = ParseUrl(settings.url);
  const int64_t timeout_ms = settings.timeout.count();
  std::string& options = given["options"];
  options += fmt::format(
      " -c statement_timeout={0} -c lock_timeout={0} -c idle_in_transaction_session_timeout={0}",
      timeout_ms);
  given.insert({{"connect_timeout", "5"},
                {"application_name", "stemscribed"},
                {"keepalives_idle", "10"},
                {"keepalives_interval", "5"},
                {"keepalives_count", "3"},
                {"tcp_user_timeout", "15000"},
                {"client_encoding", "UTF8"}});
  std::string url = "postgresql://";
  char separator = '?';
  for (const auto& [key, value] : given) {
    url += fmt::format("{}{}={}", separator, key, PercentEncode(value));
    separator = '&';
  }
  return url;
}

}  // namespace

PostgresqlDatabase::PostgresqlDatabase(const DatabaseSettings& settings)
    : connection_url_(ConnectionUrl(settings)) {}

const Dialect& PostgresqlDatabase::dialect() const {
  static const Dialect dialect{
      .begin = "BEGIN",
      .for_update = " FOR UPDATE",
      .skip_locked = " FOR UPDATE SKIP LOCKED",
      .num_tables =
          "SELECT count(*) FROM information_schema.tables WHERE table_schema = "
          "current_schema() AND table_name = :name",
      // The number is any that nobody else takes. The lock goes with the transaction.
      .before_migration = {"SELECT pg_advisory_xact_lock(7305184216543201)"},
      .now_ms = "SELECT CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint)",
      .has_one_writer = false};
  return dialect;
}

void PostgresqlDatabase::Open(soci::session& session) const {
  try {
    session.open(soci::postgresql, connection_url_);
  } catch (const soci::soci_error& error) {
    throw Error(ErrorCode::kUnavailable, "database: " + error.get_error_message());
  }
  // Notices are for people at a terminal.
  PQsetNoticeProcessor(ConnectionOf(session), [](void*, const char*) {}, nullptr);
}

bool PostgresqlDatabase::IsAlive(soci::session& session) const {
  PGconn* connection = ConnectionOf(session);
  if (PQstatus(connection) != CONNECTION_OK) return false;
  if (PQtransactionStatus(connection) != PQTRANS_IDLE) return false;
  // A server says nothing to who does not ask, unless it closes the connection.
  pollfd readable{PQsocket(connection), POLLIN, 0};
  return poll(&readable, 1, 0) == 0;
}

void PostgresqlDatabase::Abort(soci::session& session) const {
  shutdown(PQsocket(ConnectionOf(session)), SHUT_RDWR);
}

}  // namespace stemscribe::db
