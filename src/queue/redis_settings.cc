#include "queue/redis_settings.h"

#include <curl/curl.h>

#include <charconv>
#include <memory>
#include <optional>
#include <string_view>

#include "base/error.h"

namespace stemscribe::queue {
namespace {

Error Wrong(const std::string& message) {
  return Error(ErrorCode::kInvalidArgument, "the queue cannot be used", {{"QUEUE_URL", message}});
}

std::string Decode(std::string_view text) {
  int size = 0;
  const std::string copy(text);
  char* decoded = curl_easy_unescape(nullptr, copy.c_str(), static_cast<int>(copy.size()), &size);
  const std::unique_ptr<char, decltype(&curl_free)> owner(decoded, curl_free);
  return {decoded, static_cast<size_t>(size)};
}

/// Takes what stands before `mark` off `text`, with the mark; nullopt if there is none.
std::optional<std::string_view> TakeUntil(std::string_view& text, std::string_view mark) {
  const size_t at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view before = text.substr(0, at);
  text.remove_prefix(at + mark.size());
  return before;
}

int Number(std::string_view text, int most, const char* what) {
  int value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size() || value < 0 || value > most) {
    throw Wrong(std::string("has no valid ") + what);
  }
  return value;
}

RedisAddress AddressFrom(std::string_view text, int usual_port) {
  const size_t colon = text.rfind(':');
  const bool has_port = colon != std::string_view::npos && !text.ends_with(']');
  RedisAddress address{std::string(text.substr(0, has_port ? colon : text.size())), usual_port};
  if (has_port) address.port = Number(text.substr(colon + 1), 65535, "port");
  if (address.host.empty()) throw Wrong("must name a host");
  return address;
}

void ReadParameters(std::string_view query, RedisSettings& settings) {
  while (!query.empty()) {
    std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::string_view name = TakeUntil(pair, "=").value_or("");
    if (name == "ca_file") {
      settings.ca_file = Decode(pair);
    } else if (name == "prefix") {
      settings.prefix = Decode(pair);
    } else {
      throw Wrong("has an unknown parameter: ca_file and prefix are known");
    }
  }
}

}  // namespace

RedisSettings RedisSettingsFrom(const std::string& url) {
  RedisSettings settings;
  std::string_view rest = url;
  const std::string_view scheme = TakeUntil(rest, "://").value_or("");
  const bool has_sentinels = scheme == "redis+sentinel" || scheme == "rediss+sentinel";
  settings.tls = scheme.starts_with("rediss");
  if (!has_sentinels && scheme != "redis" && scheme != "rediss") {
    throw Wrong("must begin with redis://, rediss:// or redis+sentinel://");
  }
  std::string_view query;
  if (const size_t at = rest.find('?'); at != std::string_view::npos) {
    query = rest.substr(at + 1);
    rest = rest.substr(0, at);
  }
  ReadParameters(query, settings);
  if (std::optional<std::string_view> login = TakeUntil(rest, "@")) {
    const auto user = TakeUntil(*login, ":");
    if (user) settings.user = Decode(*user);
    settings.password = Decode(*login);
  }
  std::string_view hosts = rest.substr(0, rest.find('/'));
  std::string_view path = rest.substr(std::min(rest.size(), hosts.size() + 1));
  if (has_sentinels) {
    settings.sentinel_master = Decode(path.substr(0, path.find('/')));
    if (settings.sentinel_master.empty()) throw Wrong("must name the sentinels' master");
    path.remove_prefix(std::min(path.size(), path.substr(0, path.find('/')).size() + 1));
  }
  while (const auto host = TakeUntil(hosts, ",")) {
    settings.addresses.push_back(AddressFrom(*host, has_sentinels ? 26379 : 6379));
  }
  settings.addresses.push_back(AddressFrom(hosts, has_sentinels ? 26379 : 6379));
  if (!has_sentinels && settings.addresses.size() > 1) throw Wrong("must name one host");
  if (!path.empty()) settings.database = Number(path, 1'000'000, "database number");
  return settings;
}

}  // namespace stemscribe::queue
