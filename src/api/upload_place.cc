#include "api/upload_place.h"

#include <algorithm>

#include "base/error.h"
#include "http/client_network.h"

namespace stemscribe::api {
namespace {

constexpr int kShareOfCaller = 4;  // a quarter

/// The key, or else the network that it comes from; nobody on this machine.
std::string CallerOf(const http::Request& request) {
  if (!request.principal().id.empty()) return "key:" + request.principal().id;
  const std::string& address = request.client_address();
  return Limits::IsFree(address) ? "" : "address:" + http::NetworkOf(address);
}

}  // namespace

void Uploads::Take(const std::string& caller, int most) {
  std::lock_guard lock(mutex_);
  if (num_taken_ >= most) {
    throw Error(ErrorCode::kUnavailable, "too many songs are being sent; try again soon");
  }
  if (!caller.empty()) {
    int& taken = of_caller_[caller];
    if (taken >= std::max(1, most / kShareOfCaller)) {
      throw Error(ErrorCode::kRateLimited, "you are sending too many songs at once");
    }
    ++taken;
  }
  ++num_taken_;
}

void Uploads::Give(const std::string& caller) {
  std::lock_guard lock(mutex_);
  --num_taken_;
  const auto taken = of_caller_.find(caller);
  if (taken != of_caller_.end() && --taken->second == 0) of_caller_.erase(taken);
}

UploadPlace::UploadPlace(Uploads& uploads, ApiContext& context, const http::Request& request)
    : uploads_(uploads), caller_(CallerOf(request)) {
  if (context.draining) {
    throw Error(ErrorCode::kUnavailable, "the server is shutting down; try again soon");
  }
  try {
    uploads_.Take(caller_, context.settings.max_uploads);
  } catch (const Error&) {
    context.metrics.CountLimit("uploads");
    throw;
  }
}

}  // namespace stemscribe::api
