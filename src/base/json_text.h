// JSON as text for people, too: 10.894 and not 1.0894E1, as Boost.JSON writes it.
#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace stemscribe {

/// `value` as compact JSON, its numbers in the shortest form that reads back the same. What JSON
/// has no number for (NaN, infinity) becomes null, bytes that are no UTF-8 become U+FFFD.
std::string ToJsonText(const boost::json::value& value);

}  // namespace stemscribe
