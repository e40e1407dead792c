#include "storage/s3/s3_settings.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <array>
#include <map>
#include <memory>
#include <string_view>

#include "base/error.h"

namespace stemscribe::storage {
namespace {

constexpr std::string_view kScheme = "s3://";
constexpr std::array<const char*, 4> kParameters = {"endpoint", "public_endpoint", "region",
                                                    "ca_file"};

Error Wrong(const char* field, const std::string& message) {
  return Error(ErrorCode::kInvalidArgument, "the bucket cannot be used", {{field, message}});
}

std::string Decode(const std::string& text) {
  int size = 0;
  char* decoded = curl_easy_unescape(nullptr, text.c_str(), static_cast<int>(text.size()), &size);
  const std::unique_ptr<char, decltype(&curl_free)> owner(decoded, curl_free);
  return {decoded, static_cast<size_t>(size)};
}

std::string Trim(std::string text, char c) {
  while (!text.empty() && text.back() == c) text.pop_back();
  while (!text.empty() && text.front() == c) text.erase(0, 1);
  return text;
}

std::map<std::string, std::string> ParseQuery(std::string_view query) {
  std::map<std::string, std::string> values;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const std::string name(pair.substr(0, pair.find('=')));
    bool is_known = false;
    for (const char* known : kParameters) is_known = is_known || name == known;
    if (!is_known || name.size() == pair.size()) {
      throw Wrong("STORAGE_URL", fmt::format("has the unknown parameter {}", name));
    }
    values[name] = Decode(std::string(pair.substr(name.size() + 1)));
  }
  return values;
}

std::string CheckedEndpoint(const char* field, std::string endpoint) {
  if (endpoint.empty()) return endpoint;
  if (!endpoint.starts_with("http://") && !endpoint.starts_with("https://")) {
    throw Wrong(field, "must name an endpoint that begins with http:// or https://");
  }
  endpoint = Trim(std::move(endpoint), '/');
  if (endpoint.find('/', endpoint.find("//") + 2) != std::string::npos) {
    throw Wrong(field, "must name an endpoint without a path");
  }
  return endpoint;
}

}  // namespace

S3Settings S3SettingsFrom(const std::string& url, const Environment& environment) {
  if (!url.starts_with(kScheme)) throw Wrong("STORAGE_URL", "must begin with s3://");
  const size_t query_at = std::min(url.find('?'), url.size());
  const std::string place = url.substr(kScheme.size(), query_at - kScheme.size());
  const auto parameters =
      ParseQuery(std::string_view(url).substr(std::min(query_at + 1, url.size())));
  const auto choose = [&](const char* parameter, std::initializer_list<const char*> variables) {
    if (const auto found = parameters.find(parameter); found != parameters.end()) {
      return found->second;
    }
    for (const char* variable : variables) {
      if (const auto value = environment(variable); value && !value->empty()) return *value;
    }
    return std::string();
  };
  const auto require = [&](const char* variable) {
    const auto value = environment(variable);
    if (!value || value->empty()) throw Wrong(variable, "must be set to use a bucket");
    return *value;
  };
  S3Settings settings;
  settings.bucket = place.substr(0, place.find('/'));
  if (settings.bucket.empty()) throw Wrong("STORAGE_URL", "must name a bucket");
  settings.prefix = Trim(place.substr(settings.bucket.size()), '/');
  settings.endpoint = CheckedEndpoint(
      "STORAGE_URL", choose("endpoint", {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"}));
  settings.public_endpoint = CheckedEndpoint("STORAGE_URL", choose("public_endpoint", {}));
  settings.ca_file = choose("ca_file", {"AWS_CA_BUNDLE"});
  settings.signer.region = choose("region", {"AWS_REGION", "AWS_DEFAULT_REGION"});
  if (settings.signer.region.empty()) settings.signer.region = "us-east-1";
  settings.signer.credentials = {.access_key_id = require("AWS_ACCESS_KEY_ID"),
                                 .secret_access_key = require("AWS_SECRET_ACCESS_KEY"),
                                 .session_token = environment("AWS_SESSION_TOKEN").value_or("")};
  return settings;
}

S3Address AddressOf(const S3Settings& settings, bool is_public) {
  const std::string& endpoint =
      is_public && !settings.public_endpoint.empty() ? settings.public_endpoint : settings.endpoint;
  S3Address address;
  if (endpoint.empty()) {
    address.host = fmt::format("{}.s3.{}.amazonaws.com", settings.bucket, settings.signer.region);
    address.base = "https://" + address.host;
    return address;
  }
  address.base = endpoint;
  address.host = endpoint.substr(endpoint.find("//") + 2);
  for (const std::string_view usual : {":80", ":443"}) {  // the port is not signed if it is usual
    const bool is_usual = endpoint.starts_with("https://") == (usual == ":443");
    if (is_usual && address.host.ends_with(usual)) {
      address.host.resize(address.host.size() - usual.size());
    }
  }
  address.path = "/" + settings.bucket;
  return address;
}

}  // namespace stemscribe::storage
