// SOCI in one shape: SQL text with named parameters, rows to a callback, its errors as ours.
#pragma once

#include <soci/soci.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"

namespace stemscribe::db {

/// The values of a statement's :names. Every name in the SQL must be given, and no other.
class Params {
 public:
  Params& Text(const std::string& name, const std::string& value);
  Params& Text(const std::string& name, const std::optional<std::string>& value);
  Params& Integer(const std::string& name, int64_t value);
  Params& Integer(const std::string& name, const std::optional<int64_t>& value);
  Params& Real(const std::string& name, const std::optional<double>& value);

 private:
  friend int64_t Execute(soci::session& session, const std::string& sql, Params params,
                         const std::function<void(soci::statement&)>& bind_columns,
                         const std::function<void()>& on_row);
  enum class Kind { kText, kInteger, kReal };
  struct Value {
    std::string name;
    Kind kind;
    std::string text{};
    long long integer = 0;
    double real = 0;
    soci::indicator indicator = soci::i_ok;
  };
  void BindTo(soci::statement& statement);

  std::deque<Value> values_;  // SOCI keeps their addresses
};

/// Runs `sql`. `bind_columns` tells where the columns go (statement.exchange(soci::into(…))), then
/// `on_row` runs for every row. Gives the number of changed rows. Throws what SOCI throws; see
/// Translate.
int64_t Execute(soci::session& session, const std::string& sql, Params params,
                const std::function<void(soci::statement&)>& bind_columns,
                const std::function<void()>& on_row);

/// For statements without rows.
int64_t Execute(soci::session& session, const std::string& sql, Params params = {});

/// The first column of all rows.
std::vector<std::string> QueryTexts(soci::session& session, const std::string& sql,
                                    Params params = {});

/// The first column of the first row; nullopt if there is none.
std::optional<int64_t> QueryInteger(soci::session& session, const std::string& sql,
                                    Params params = {});

/// ":p0, :p1, …" for IN, with the values added to `params`.
std::string TextList(Params& params, const std::string& name,
                     const std::vector<std::string>& values);

/// What a fault of the database means to the rest of the program.
Error Translate(const soci::soci_error& error);

/// Runs `work`, its SOCI errors translated.
template <typename Work>
auto Translated(Work&& work) {
  try {
    return work();
  } catch (const soci::soci_error& error) {
    throw Translate(error);
  }
}

}  // namespace stemscribe::db
