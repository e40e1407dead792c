#include "api/guard.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "jobs/uuid.h"

namespace stemscribe::api {
namespace {

using boost::asio::awaitable;
using http::Request;
using http::Response;

/// The page (which asks for the key itself), the contract, and what load balancers look at.
bool IsPublic(std::string_view pattern) {
  constexpr std::array<std::string_view, 7> kExact = {
      "/", "/favicon.svg", "/assets/{name}", "/openapi.json", "/docs", "/health", "/health/live"};
  return std::find(kExact.begin(), kExact.end(), pattern) != kExact.end() ||
         pattern.starts_with("/docs/") || pattern == "/health/ready";
}

bool IsForAdmins(std::string_view pattern) {
  return pattern.starts_with("/api/v1/admin/") || pattern == "/metrics";
}

/// What the checks of a request need to know of its route.
struct Gate {
  RouteClass route_class;
  bool needs_key;
  bool for_admins;
};

/// Blocks. The caller is known and has tokens left afterwards. Strangers are counted by their
/// address before anything is looked up for them. The RateLimit headers are those of the key, if
/// there is one.
http::Headers Pass(ApiContext& context, const Gate& gate, Request& request) {
  http::Headers headers = context.limits.TakeOfAddress(gate.route_class, request.client_address());
  if (!gate.needs_key) return headers;
  const auth::Key key = context.keys->Identify(TokenOf(request));
  if (gate.for_admins && !key.is_admin) {
    throw Error(ErrorCode::kForbidden, "this needs an admin's key");
  }
  request.set_principal({.id = key.id, .is_admin = key.is_admin});
  http::Headers of_key = context.limits.TakeOfKey(gate.route_class, key.id);
  return of_key.Has("RateLimit") ? of_key : headers;
}

awaitable<Response> Check(ApiContext& context, Gate gate, const http::Handler& handler,
                          Request& request) {
  if (!gate.needs_key && Limits::IsFree(request.client_address())) {
    co_return co_await handler(request);  // as fast as can be
  }
  auto pass = [&] { return Pass(context, gate, request); };
  const http::Headers limits = co_await context.pool.Run(pass);
  Response response = co_await handler(request);
  for (const auto& [name, value] : limits) response.headers.Set(name, value);
  co_return response;
}

}  // namespace

http::Handler Guarded(ApiContext& context, std::string_view pattern, http::Handler handler) {
  const Gate gate{.route_class = ClassOf(pattern),
                  .needs_key = context.keys != nullptr && !IsPublic(pattern),
                  .for_admins = IsForAdmins(pattern)};
  if (!gate.needs_key && gate.route_class == RouteClass::kUnlimited) return handler;
  return [&context, gate, handler = std::move(handler)](Request& request) {
    return Check(context, gate, handler, request);
  };
}

std::optional<std::string> TokenOf(const Request& request) {
  if (const auto key = request.header("X-API-Key")) return std::string(*key);
  const auto authorization = request.header("Authorization");
  constexpr std::string_view kScheme = "bearer ";
  if (!authorization || authorization->size() <= kScheme.size()) return std::nullopt;
  const auto is_same = [](char a, char b) { return (a | 0x20) == b || a == b; };
  if (!std::equal(kScheme.begin(), kScheme.end(), authorization->begin(),
                  [&](char scheme, char given) { return is_same(given, scheme); })) {
    return std::nullopt;
  }
  return std::string(authorization->substr(kScheme.size()));
}

jobs::Job FindJob(jobs::JobRepository& repository, const Request& request) {
  const std::string& id = request.path_param("job_id");
  std::optional<jobs::Job> job;
  if (jobs::IsUuid(id)) job = repository.Find(id);
  const http::Principal& caller = request.principal();
  if (!job || (!caller.is_admin && job->owner != caller.id)) {
    throw Error(ErrorCode::kJobNotFound, "no job has this id");
  }
  return std::move(*job);
}

}  // namespace stemscribe::api
