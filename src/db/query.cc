#include "db/query.h"

#include <fmt/format.h>
#include <soci/postgresql/soci-postgresql.h>
#include <soci/sqlite3/soci-sqlite3.h>

namespace stemscribe::db {

Params& Params::Text(const std::string& name, const std::string& value) {
  values_.push_back({.name = name, .kind = Kind::kText, .text = value});
  return *this;
}

Params& Params::Text(const std::string& name, const std::optional<std::string>& value) {
  Text(name, value.value_or(""));
  if (!value) values_.back().indicator = soci::i_null;
  return *this;
}

Params& Params::Integer(const std::string& name, int64_t value) {
  values_.push_back({.name = name, .kind = Kind::kInteger, .integer = value});
  return *this;
}

Params& Params::Integer(const std::string& name, const std::optional<int64_t>& value) {
  Integer(name, value.value_or(0));
  if (!value) values_.back().indicator = soci::i_null;
  return *this;
}

Params& Params::Real(const std::string& name, const std::optional<double>& value) {
  values_.push_back({.name = name, .kind = Kind::kReal, .real = value.value_or(0)});
  if (!value) values_.back().indicator = soci::i_null;
  return *this;
}

void Params::BindTo(soci::statement& statement) {
  for (Value& value : values_) {
    switch (value.kind) {
      case Kind::kText:
        statement.exchange(soci::use(value.text, value.indicator, value.name));
        break;
      case Kind::kInteger:
        statement.exchange(soci::use(value.integer, value.indicator, value.name));
        break;
      case Kind::kReal:
        statement.exchange(soci::use(value.real, value.indicator, value.name));
        break;
    }
  }
}

int64_t Execute(soci::session& session, const std::string& sql, Params params,
                const std::function<void(soci::statement&)>& bind_columns,
                const std::function<void()>& on_row) {
  soci::statement statement(session);
  statement.alloc();
  if (bind_columns) bind_columns(statement);
  params.BindTo(statement);
  // Once: PostgreSQL then needs one round trip, not three.
  statement.prepare(sql, soci::details::st_one_time_query);
  statement.define_and_bind();
  // All rows are fetched, whatever is done with them: only then is the statement over, and only
  // then do the faults of a commit show.
  for (bool has_row = statement.execute(true); has_row && on_row; has_row = statement.fetch()) {
    on_row();
  }
  return statement.get_affected_rows();
}

int64_t Execute(soci::session& session, const std::string& sql, Params params) {
  return Execute(session, sql, std::move(params), nullptr, nullptr);
}

std::vector<std::string> QueryTexts(soci::session& session, const std::string& sql, Params params) {
  std::vector<std::string> texts;
  std::string text;
  Execute(
      session, sql, std::move(params),
      [&](soci::statement& statement) { statement.exchange(soci::into(text)); },
      [&] { texts.push_back(text); });
  return texts;
}

std::optional<int64_t> QueryInteger(soci::session& session, const std::string& sql, Params params) {
  std::optional<int64_t> result;
  long long value = 0;
  Execute(
      session, sql, std::move(params),
      [&](soci::statement& statement) { statement.exchange(soci::into(value)); },
      [&] {
        if (!result) result = value;
      });
  return result;
}

std::string TextList(Params& params, const std::string& name,
                     const std::vector<std::string>& values) {
  std::string list;
  for (size_t i = 0; i < values.size(); ++i) {
    const std::string parameter = fmt::format("{}{}", name, i);
    list += fmt::format("{}:{}", i == 0 ? "" : ", ", parameter);
    params.Text(parameter, values[i]);
  }
  return list;
}

namespace {

ErrorCode CodeOf(const soci::sqlite3_soci_error& error) {
  switch (error.result() & 0xff) {  // the rest of the bits are details
    case SQLITE_FULL:
      return ErrorCode::kStorageLimitExceeded;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return ErrorCode::kUnavailable;
    default:
      return ErrorCode::kInternal;
  }
}

/// By the classes of PostgreSQL's appendix A. A broken connection has no code.
ErrorCode CodeOf(const soci::postgresql_soci_error& error) {
  const std::string state = error.sqlstate();
  if (state == "53100") return ErrorCode::kStorageLimitExceeded;  // disk full
  for (const char* at_fault : {"  ", "08", "25", "40", "53", "55", "57", "58", "F0", "XX"}) {
    if (state.starts_with(at_fault)) return ErrorCode::kUnavailable;
  }
  return ErrorCode::kInternal;
}

}  // namespace

Error Translate(const soci::soci_error& error) {
  const std::string message = "database: " + error.get_error_message();
  if (const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&error)) {
    return Error(CodeOf(*sqlite), message);
  }
  if (const auto* postgresql = dynamic_cast<const soci::postgresql_soci_error*>(&error)) {
    return Error(CodeOf(*postgresql), message);
  }
  return Error(ErrorCode::kInternal, message);
}

}  // namespace stemscribe::db
