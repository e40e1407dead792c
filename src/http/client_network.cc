#include "http/client_network.h"

#include <algorithm>

namespace stemscribe::http {
namespace {

namespace ip = boost::asio::ip;

constexpr size_t kNetworkBytes = 8;

}  // namespace

std::optional<ip::address> ReadAddress(std::string_view text) {
  boost::system::error_code error;
  ip::address address = ip::make_address(text, error);
  if (error) return std::nullopt;
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return ip::make_address_v4(ip::v4_mapped, address.to_v6());
  }
  return address;
}

std::string NetworkOf(const std::string& address) {
  const auto parsed = ReadAddress(address);
  if (!parsed) return address;
  if (parsed->is_v4()) return parsed->to_string();
  auto bytes = parsed->to_v6().to_bytes();
  std::fill(bytes.begin() + kNetworkBytes, bytes.end(), uint8_t{0});
  return ip::address_v6(bytes).to_string();
}

bool IsLoopback(const std::string& address) {
  const auto parsed = ReadAddress(address);
  return parsed && parsed->is_loopback();
}

}  // namespace stemscribe::http
