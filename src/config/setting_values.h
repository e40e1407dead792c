// Values of settings that are more than a number or a word.
#pragma once

#include <string>

#include "config/settings.h"

namespace stemscribe::config {

/// Whether this is an address of IPv4 or IPv6, without brackets.
bool IsAddress(const std::string& text);

/// Reads CORS_ORIGINS: a JSON list of "*" and of origins as browsers send them, of which all else
/// would never match. False if it is anything else.
bool ReadOrigins(const std::string& text, Settings& settings);

}  // namespace stemscribe::config
