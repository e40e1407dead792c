#include "http/conditional.h"

#include <algorithm>

namespace stemscribe::http {
namespace {

std::string_view WithoutWeakness(std::string_view etag) {
  if (etag.starts_with("W/")) etag.remove_prefix(2);
  return etag;
}

std::optional<std::chrono::sys_seconds> DateHeader(const Request& request, std::string_view name) {
  const auto text = request.header(name);
  return text ? ParseHttpDate(*text) : std::nullopt;
}

bool IsSafe(const Request& request) {
  return request.method() == Method::kGet || request.method() == Method::kHead;
}

}  // namespace

bool EtagListMatches(std::string_view list, std::string_view etag, bool strong) {
  if (TrimBlanks(list) == "*") return true;
  if (etag.empty() || (strong && etag.starts_with("W/"))) return false;
  while (true) {
    // An etag may hold commas inside its quotes.
    list = list.substr(std::min(list.find_first_not_of(" \t,"), list.size()));
    if (list.empty()) return false;
    const size_t open = list.starts_with("W/") ? 2 : 0;
    if (open >= list.size() || list[open] != '"') return false;
    const size_t close = list.find('"', open + 1);
    if (close == std::string_view::npos) return false;
    const std::string_view candidate = list.substr(0, close + 1);
    list.remove_prefix(close + 1);
    if (strong ? candidate == etag : WithoutWeakness(candidate) == WithoutWeakness(etag))
      return true;
  }
}

Precondition EvaluatePreconditions(const Request& request, const Validators& validators) {
  if (const auto if_match = request.header_list("If-Match")) {
    if (!EtagListMatches(*if_match, validators.etag, true)) return Precondition::kFailed;
  } else if (const auto date = DateHeader(request, "If-Unmodified-Since")) {
    if (validators.last_modified && *validators.last_modified > *date) return Precondition::kFailed;
  }
  if (const auto if_none_match = request.header_list("If-None-Match")) {
    if (EtagListMatches(*if_none_match, validators.etag, false)) {
      return IsSafe(request) ? Precondition::kNotModified : Precondition::kFailed;
    }
  } else if (const auto since = DateHeader(request, "If-Modified-Since");
             since && IsSafe(request)) {
    if (validators.last_modified && *validators.last_modified <= *since)
      return Precondition::kNotModified;
  }
  return Precondition::kProceed;
}

bool IfRangeHolds(const Request& request, const Validators& validators) {
  const auto if_range = request.header("If-Range");
  if (!if_range) return true;
  if (if_range->find('"') != std::string_view::npos) {
    return !validators.etag.empty() && !if_range->starts_with("W/") && *if_range == validators.etag;
  }
  const auto date = ParseHttpDate(*if_range);
  return date && validators.last_modified && *date == *validators.last_modified;
}

void ApplyEtag(const Request& request, std::string_view etag, Response& response) {
  if (response.status != 200) return;
  response.headers.Set("ETag", etag);
  Validators validators;
  validators.etag = etag;
  if (EvaluatePreconditions(request, validators) != Precondition::kNotModified) return;
  response.status = 304;
  response.body = std::string();
  response.headers.Remove("Content-Type");
}

}  // namespace stemscribe::http
