// Percent-encoding and query strings (RFC 3986, and the WHATWG form encoding for queries). Pure
// functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stemscribe::http {

/// Decodes %XX. nullopt if an escape is broken. `plus_is_space` for form-encoded text.
std::optional<std::string> PercentDecode(std::string_view text, bool plus_is_space = false);

/// Encodes everything but the unreserved characters of RFC 3986.
std::string PercentEncode(std::string_view text);

/// The decoded parameters of a query, in order; names may repeat.
class QueryParams {
 public:
  QueryParams() = default;

  /// Parses "a=1&b=two+words&c". Throws Error{kInvalidArgument} if an escape is broken.
  static QueryParams Parse(std::string_view query);

  bool Has(std::string_view name) const { return Get(name).has_value(); }
  /// The last value of this name.
  std::optional<std::string_view> Get(std::string_view name) const;
  std::vector<std::string_view> GetAll(std::string_view name) const;

  /// The parameter as a number within [min, max]; nullopt if it is absent. Throws
  /// Error{kInvalidArgument}, whose details name the field, if it is anything else.
  std::optional<long long> GetInteger(std::string_view name, long long min, long long max) const;
  std::optional<double> GetNumber(std::string_view name, double min, double max) const;
  /// true, false, 1, 0, yes, no, on, off.
  std::optional<bool> GetBool(std::string_view name) const;

  const std::vector<std::pair<std::string, std::string>>& all() const { return params_; }

 private:
  std::vector<std::pair<std::string, std::string>> params_;
};

}  // namespace stemscribe::http
