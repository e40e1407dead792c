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

awaitable<Response> Check(ApiContext& context, bool for_admins, const http::Handler& handler,
                          Request& request) {
  auto identify = [&] { return context.keys->Identify(TokenOf(request)); };
  const auth::Key key = co_await context.pool.Run(identify);
  if (for_admins && !key.is_admin) {
    throw Error(ErrorCode::kForbidden, "this needs an admin's key");
  }
  request.set_principal({.id = key.id, .is_admin = key.is_admin});
  co_return co_await handler(request);
}

}  // namespace

http::Handler Guarded(ApiContext& context, std::string_view pattern, http::Handler handler) {
  if (context.keys == nullptr || IsPublic(pattern)) return handler;
  return [&context, for_admins = IsForAdmins(pattern), handler = std::move(handler)](
             Request& request) { return Check(context, for_admins, handler, request); };
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
