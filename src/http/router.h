// Which handler answers which method and path.
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/method.h"
#include "http/request.h"
#include "http/response.h"

namespace stemscribe::http {

/// Runs on an event thread: it must not block; blocking work goes through BlockingPool::Run. Throws
/// Error.
using Handler = std::function<boost::asio::awaitable<Response>(Request&)>;

struct RouteOptions {
  /// Overrides ServerSettings::max_body_bytes. A body declared longer is refused with 413 before
  /// the handler runs.
  std::optional<uint64_t> max_body_bytes{};
  /// Answered even while the server sheds load.
  bool is_vital = false;
};

/// One method of one path pattern.
struct Route {
  Method method;
  std::string pattern;  // "/api/v1/jobs/{job_id}"
  std::vector<std::string> param_names;
  Handler handler;
  RouteOptions options;
};

/// Filled before the server starts, then read by all its threads.
class Router {
 public:
  /// What every handler that is added from now on is wrapped into, by the pattern of its route.
  void Wrap(std::function<Handler(std::string_view pattern, Handler handler)> wrap) {
    wrap_ = std::move(wrap);
  }

  /// Adds a route. A pattern is "/"-separated; a segment is literal text or "{name}", which takes
  /// one non-empty segment; a last segment "{name...}" takes all the rest, slashes included.
  /// Literals win over parameters. GET answers HEAD too. Throws std::invalid_argument on a
  /// malformed pattern or a route that is there already.
  void Add(Method method, std::string_view pattern, Handler handler, RouteOptions options = {});

  /// Finds the route of the request and sets it there. Throws HttpError 404, 405 (with Allow) or
  /// 400 (broken escape in the path). A single trailing slash is ignored. OPTIONS that no route was
  /// added for has no route: returns null, and `allow` is what the path has.
  const Route* Match(Request& request, std::string* allow) const;

  /// The methods of the path as an Allow header has them, "GET, HEAD, OPTIONS"; empty if no route
  /// has the path.
  std::string AllowedMethods(std::string_view path) const;

  /// Every method and pattern that was added, in order.
  std::vector<std::pair<Method, std::string>> Routes() const;

 private:
  struct Segment {
    enum class Kind { kLiteral, kParam, kRest } kind;
    std::string text;
  };
  struct Path {
    std::string pattern;
    std::vector<Segment> segments;
    std::array<std::unique_ptr<Route>, kNumMethods> routes;
  };

  static std::vector<Segment> ParsePattern(std::string_view pattern);
  static bool Matches(const Path& path, const std::vector<std::string_view>& segments);
  const Path* FindPath(std::string_view path, std::vector<std::string_view>* segments) const;
  static std::string AllowOf(const Path& path);

  std::vector<std::unique_ptr<Path>> paths_;  // the most literal first
  std::vector<const Route*> in_order_;
  std::function<Handler(std::string_view pattern, Handler handler)> wrap_;
};

}  // namespace stemscribe::http
