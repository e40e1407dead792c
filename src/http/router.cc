#include "http/router.h"

#include <algorithm>
#include <stdexcept>

#include "http/http_error.h"

namespace stemscribe::http {
namespace {

// "/a/b/" and "/a/b" have the segments a, b; "/" has none; "//" has an empty one.
void SplitPath(std::string_view path, std::vector<std::string_view>* segments) {
  segments->clear();
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  if (path.empty()) return;
  while (true) {
    const size_t slash = path.find('/');
    segments->push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return;
    path.remove_prefix(slash + 1);
  }
}

[[noreturn]] void ThrowBadPattern(std::string_view pattern) {
  throw std::invalid_argument("bad route pattern: " + std::string(pattern));
}

std::string DecodeParam(std::string_view text) {
  auto decoded = PercentDecode(text);
  if (!decoded)
    throw HttpError(400, ErrorCode::kInvalidArgument, "the path has a broken percent escape");
  return std::move(*decoded);
}

}  // namespace

std::vector<Router::Segment> Router::ParsePattern(std::string_view pattern) {
  if (!pattern.starts_with('/') || (pattern.size() > 1 && pattern.ends_with('/')))
    ThrowBadPattern(pattern);
  std::vector<std::string_view> parts;
  SplitPath(pattern, &parts);
  std::vector<Segment> segments;
  for (std::string_view part : parts) {
    if (!segments.empty() && segments.back().kind == Segment::Kind::kRest) ThrowBadPattern(pattern);
    auto kind = Segment::Kind::kLiteral;
    if (part.starts_with('{') && part.ends_with('}')) {
      kind = Segment::Kind::kParam;
      part = part.substr(1, part.size() - 2);
      if (part.ends_with("...")) {
        kind = Segment::Kind::kRest;
        part.remove_suffix(3);
      }
    }
    if (part.empty() || part.find_first_of("{}") != std::string_view::npos)
      ThrowBadPattern(pattern);
    segments.push_back({kind, std::string(part)});
  }
  return segments;
}

void Router::Add(Method method, std::string_view pattern, Handler handler, RouteOptions options) {
  auto path = std::find_if(paths_.begin(), paths_.end(),
                           [&](const auto& p) { return p->pattern == pattern; });
  if (path == paths_.end()) {
    auto added = std::make_unique<Path>();
    added->pattern = pattern;
    added->segments = ParsePattern(pattern);
    // The order of kinds, segment by segment, puts literals before parameters before rests.
    auto kind_less = [](const Segment& a, const Segment& b) { return a.kind < b.kind; };
    auto after =
        std::upper_bound(paths_.begin(), paths_.end(), added, [&](const auto& a, const auto& b) {
          return std::lexicographical_compare(a->segments.begin(), a->segments.end(),
                                              b->segments.begin(), b->segments.end(), kind_less);
        });
    path = paths_.insert(after, std::move(added));
  }
  auto& slot = (*path)->routes[static_cast<size_t>(method)];
  if (slot) throw std::invalid_argument("route added twice: " + std::string(pattern));
  if (wrap_) handler = wrap_(pattern, std::move(handler));
  slot =
      std::make_unique<Route>(Route{method, std::string(pattern), {}, std::move(handler), options});
  for (const Segment& segment : (*path)->segments) {
    if (segment.kind != Segment::Kind::kLiteral) slot->param_names.push_back(segment.text);
  }
  in_order_.push_back(slot.get());
}

bool Router::Matches(const Path& path, const std::vector<std::string_view>& segments) {
  const bool has_rest = !path.segments.empty() && path.segments.back().kind == Segment::Kind::kRest;
  if (has_rest ? segments.size() < path.segments.size() : segments.size() != path.segments.size())
    return false;
  for (size_t i = 0; i < path.segments.size(); ++i) {
    const Segment& segment = path.segments[i];
    if (segment.kind == Segment::Kind::kRest) return true;
    if (segment.kind == Segment::Kind::kParam ? segments[i].empty() : segments[i] != segment.text)
      return false;
  }
  return true;
}

const Router::Path* Router::FindPath(std::string_view path,
                                     std::vector<std::string_view>* segments) const {
  SplitPath(path, segments);
  for (const auto& candidate : paths_) {
    if (Matches(*candidate, *segments)) return candidate.get();
  }
  return nullptr;
}

std::string Router::AllowOf(const Path& path) {
  std::string allow;
  for (size_t i = 0; i < kNumMethods; ++i) {
    const auto method = static_cast<Method>(i);
    const bool implied =
        method == Method::kOptions ||
        (method == Method::kHead && path.routes[static_cast<size_t>(Method::kGet)] != nullptr);
    if (!path.routes[i] && !implied) continue;
    if (!allow.empty()) allow += ", ";
    allow += MethodName(method);
  }
  return allow;
}

const Route* Router::Match(Request& request, std::string* allow) const {
  std::vector<std::string_view> segments;
  segments.reserve(8);
  const Path* path = FindPath(request.path(), &segments);
  if (path == nullptr) throw HttpError(404, ErrorCode::kNotFound, "no such path");
  const Route* route = nullptr;
  if (const auto method = request.method()) {
    route = path->routes[static_cast<size_t>(*method)].get();
    if (route == nullptr && *method == Method::kHead)
      route = path->routes[static_cast<size_t>(Method::kGet)].get();
    if (route == nullptr && *method == Method::kOptions) {
      *allow = AllowOf(*path);
      return nullptr;
    }
  }
  if (route == nullptr) {
    throw HttpError(405, ErrorCode::kInvalidArgument, "this path does not have the method",
                    {{"Allow", AllowOf(*path)}});
  }
  std::vector<std::string> values;
  for (size_t i = 0; i < path->segments.size(); ++i) {
    const auto kind = path->segments[i].kind;
    if (kind == Segment::Kind::kParam) values.push_back(DecodeParam(segments[i]));
    if (kind == Segment::Kind::kRest) {
      // To the end of the path as it was sent.
      const size_t begin = static_cast<size_t>(segments[i].data() - request.path().data());
      values.push_back(DecodeParam(request.path().substr(begin)));
      break;
    }
  }
  request.set_route(route, std::move(values));
  return route;
}

std::string Router::AllowedMethods(std::string_view path) const {
  std::vector<std::string_view> segments;
  const Path* found = FindPath(path, &segments);
  return found == nullptr ? std::string() : AllowOf(*found);
}

std::vector<std::pair<Method, std::string>> Router::Routes() const {
  std::vector<std::pair<Method, std::string>> routes;
  routes.reserve(in_order_.size());
  for (const Route* route : in_order_) routes.emplace_back(route->method, route->pattern);
  return routes;
}

}  // namespace stemscribe::http
