#include "config/setting_values.h"

#include <arpa/inet.h>

#include <array>
#include <boost/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

namespace stemscribe::config {
namespace {

/// "https://app.example.org:8443".
bool IsOrigin(std::string_view text) {
  const size_t host = text.find("://");
  if (host == std::string_view::npos) return false;
  const std::string_view scheme = text.substr(0, host);
  text.remove_prefix(host + 3);
  return (scheme == "http" || scheme == "https") && !text.empty() &&
         text.find_first_of("/?#*@ ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos;
}

}  // namespace

bool IsAddress(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return inet_pton(AF_INET, text.c_str(), address.data()) == 1 ||
         inet_pton(AF_INET6, text.c_str(), address.data()) == 1;
}

bool ReadOrigins(const std::string& text, Settings& settings) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(text, error);
  if (error || !value.is_array()) return false;
  std::vector<std::string> origins;
  for (const boost::json::value& origin : value.get_array()) {
    if (!origin.is_string()) return false;
    origins.emplace_back(origin.get_string());
    if (origins.back() != "*" && !IsOrigin(origins.back())) return false;
  }
  settings.server.cors_origins = std::move(origins);
  return true;
}

}  // namespace stemscribe::config
