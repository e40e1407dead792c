// Content-Disposition, written (RFC 6266) and read (form-data of RFC 7578), and parameters of
// header values. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stemscribe::http {

/// A value that every browser takes: an ASCII filename, and filename*=UTF-8'' where the name has
/// more than ASCII. Path separators, control characters and quotes in `filename` (UTF-8) are
/// replaced.
std::string ContentDisposition(std::string_view filename, bool inline_disposition = false);

/// The value of parameter `name` in "type; a=b; name=\"quoted \\\" text\"", unquoted and unescaped.
/// `name` may be "filename*": then the extended syntax (UTF-8 only) is decoded. nullopt if absent
/// or malformed.
std::optional<std::string> HeaderParameter(std::string_view value, std::string_view name);

}  // namespace stemscribe::http
