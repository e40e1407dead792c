#include "db/copy_tables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <deque>
#include <optional>
#include <vector>

#include "db/connection_pool.h"
#include "db/query.h"

namespace stemscribe::db {
namespace {

constexpr size_t kRowsAtOnce = 500;

struct Column {
  std::string name;
  std::string type;
};

using Row = std::vector<std::optional<std::string>>;  // every value as text

std::vector<Column> ColumnsOf(soci::session& session, const std::string& table) {
  std::vector<Column> columns;
  Column column;
  Execute(
      session, "SELECT name, type FROM pragma_table_info(:name) ORDER BY cid",
      Params().Text("name", table),
      [&](soci::statement& statement) {
        statement.exchange(soci::into(column.name));
        statement.exchange(soci::into(column.type));
      },
      [&] { columns.push_back(column); });
  return columns;
}

/// What a backup of years may take.
constexpr jobs::Milliseconds kTimeout = std::chrono::hours(6);

/// Names out of the schema are no text of strangers: they may be put into SQL.
std::string Joined(const std::vector<Column>& columns, std::string_view format) {
  std::vector<std::string> parts;
  parts.reserve(columns.size());
  for (const Column& column : columns) {
    parts.push_back(fmt::format(fmt::runtime(format), column.name, column.type));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

int64_t Insert(ConnectionPool& to, const std::string& table, const std::vector<Column>& columns,
               const std::vector<Row>& rows) {
  // The text is told to be text: PostgreSQL would take it for a number otherwise.
  const std::string sql =
      fmt::format("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT DO NOTHING", table,
                  Joined(columns, "{0}"), Joined(columns, "CAST(CAST(:{0} AS TEXT) AS {1})"));
  int64_t inserted = 0;
  to.Write([&](soci::session& session) {
    for (const Row& row : rows) {
      Params params;
      for (size_t i = 0; i < columns.size(); ++i) params.Text(columns[i].name, row[i]);
      inserted += Execute(session, sql, std::move(params));
    }
  });
  return inserted;
}

int64_t CopyTable(soci::session& from, ConnectionPool& to, const std::string& table,
                  const std::vector<Column>& columns) {
  std::deque<std::string> texts(columns.size());
  std::vector<soci::indicator> has_value(columns.size(), soci::i_null);
  std::vector<Row> rows;
  int64_t inserted = 0;
  const auto flush = [&] {
    inserted += Insert(to, table, columns, rows);
    rows.clear();
  };
  Execute(
      from, fmt::format("SELECT {} FROM {}", Joined(columns, "CAST({0} AS TEXT)"), table), {},
      [&](soci::statement& statement) {
        for (size_t i = 0; i < columns.size(); ++i) {
          statement.exchange(soci::into(texts[i], has_value[i]));
        }
      },
      [&] {
        Row& row = rows.emplace_back();
        for (size_t i = 0; i < columns.size(); ++i) {
          row.push_back(has_value[i] == soci::i_ok ? std::make_optional(texts[i]) : std::nullopt);
        }
        if (rows.size() == kRowsAtOnce) flush();
      });
  flush();
  return inserted;
}

struct Table {
  std::string name;
  std::vector<Column> columns;
};

/// In the order of their making: what refers to another comes after it.
std::vector<Table> TablesOf(ConnectionPool& sqlite) {
  std::vector<Table> tables;
  sqlite.Read([&](soci::session& session) {
    const std::vector<std::string> names = QueryTexts(
        session,
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND "
        "name NOT IN ('schema_migrations', 'outbox', 'turns') ORDER BY rowid");
    for (const std::string& name : names) tables.push_back({name, ColumnsOf(session, name)});
  });
  return tables;
}

}  // namespace

std::map<std::string, int64_t> CopyTables(const DatabaseSettings& from,
                                          const DatabaseSettings& to) {
  ConnectionPool source({.url = from.url, .timeout = kTimeout}, 1);
  ConnectionPool target(to, 1);
  const bool from_sqlite = !IsShared(from.url);
  const std::vector<Table> tables = TablesOf(from_sqlite ? source : target);
  std::map<std::string, int64_t> copied;
  source.Read([&](soci::session& session) {
    session << (from_sqlite ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    for (const Table& table : tables) {
      copied[table.name] = CopyTable(session, target, table.name, table.columns);
    }
    session << "COMMIT";
  });
  return copied;
}

}  // namespace stemscribe::db
