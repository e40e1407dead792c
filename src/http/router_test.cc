#include "http/router.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "http/http_error.h"

namespace stemscribe::http {
namespace {

Handler Nothing() {
  return [](Request&) -> boost::asio::awaitable<Response> { co_return Response(); };
}

class RouterTest : public testing::Test {
 protected:
  // The pattern of the route that answers; the status where none does.
  std::string Match(std::string_view method, std::string_view target) {
    RequestHead head;
    head.bytes = std::string(method) + " " + std::string(target) + std::string(100, ' ');
    head.method = std::string_view(head.bytes).substr(0, method.size());
    head.target = std::string_view(head.bytes).substr(method.size() + 1, target.size());
    request_.Reset(std::move(head), nullptr, 0);
    std::string allow;
    try {
      const Route* route = router_.Match(request_, &allow);
      return route == nullptr ? "allow " + allow
                              : std::string(MethodName(route->method)) + " " + route->pattern;
    } catch (const HttpError& error) {
      return std::to_string(error.status()) + " " +
             std::string(error.headers().Get("Allow").value_or(""));
    }
  }

  Router router_;
  Request request_;
};

TEST_F(RouterTest, MatchesLiteralsBeforeParameters) {
  router_.Add(Method::kGet, "/{any}", Nothing());
  router_.Add(Method::kGet, "/jobs/{id}", Nothing());
  router_.Add(Method::kGet, "/jobs/latest", Nothing());
  router_.Add(Method::kGet, "/jobs", Nothing());
  router_.Add(Method::kGet, "/docs/{path...}", Nothing());
  router_.Add(Method::kGet, "/", Nothing());
  EXPECT_EQ(Match("GET", "/jobs"), "GET /jobs");
  EXPECT_EQ(Match("GET", "/jobs?limit=1"), "GET /jobs");
  EXPECT_EQ(Match("GET", "/jobs/latest"), "GET /jobs/latest");
  EXPECT_EQ(Match("GET", "/jobs/7"), "GET /jobs/{id}");
  EXPECT_EQ(request_.path_param("id"), "7");
  EXPECT_EQ(Match("GET", "/other"), "GET /{any}");
  EXPECT_EQ(Match("GET", "/"), "GET /");
  EXPECT_EQ(Match("GET", "/docs/a%20b/c.js"), "GET /docs/{path...}");
  EXPECT_EQ(request_.path_param("path"), "a b/c.js");
  EXPECT_THROW(request_.path_param("id"), Error);
}

TEST_F(RouterTest, IgnoresOneTrailingSlash) {
  router_.Add(Method::kGet, "/jobs/{id}", Nothing());
  EXPECT_EQ(Match("GET", "/jobs/7/"), "GET /jobs/{id}");
  EXPECT_EQ(Match("GET", "/jobs/7//"), "404 ");
  EXPECT_EQ(Match("GET", "/jobs//"), "404 ");
  EXPECT_EQ(Match("GET", "/jobs//7"), "404 ");
  EXPECT_EQ(Match("GET", "/JOBS/7"), "404 ");
}

TEST_F(RouterTest, KnowsTheMethodsOfAPath) {
  router_.Add(Method::kGet, "/jobs/{id}", Nothing());
  router_.Add(Method::kDelete, "/jobs/{id}", Nothing());
  router_.Add(Method::kPost, "/jobs", Nothing());
  EXPECT_EQ(Match("HEAD", "/jobs/7"), "GET /jobs/{id}");
  EXPECT_EQ(Match("DELETE", "/jobs/7"), "DELETE /jobs/{id}");
  EXPECT_EQ(Match("POST", "/jobs/7"), "405 GET, HEAD, DELETE, OPTIONS");
  EXPECT_EQ(Match("TRACE", "/jobs/7"), "405 GET, HEAD, DELETE, OPTIONS");
  EXPECT_EQ(Match("HEAD", "/jobs"), "405 POST, OPTIONS");
  EXPECT_EQ(Match("OPTIONS", "/jobs"), "allow POST, OPTIONS");
  EXPECT_EQ(router_.AllowedMethods("/jobs"), "POST, OPTIONS");
  EXPECT_EQ(router_.AllowedMethods("/nothing"), "");
}

TEST_F(RouterTest, RefusesBrokenEscapes) {
  router_.Add(Method::kGet, "/jobs/{id}", Nothing());
  EXPECT_EQ(Match("GET", "/jobs/%4"), "400 ");
  EXPECT_EQ(Match("GET", "/jobs/%00%2e"), "GET /jobs/{id}");
  EXPECT_EQ(request_.path_param("id"), std::string("\0.", 2));
}

TEST_F(RouterTest, ListsItsRoutes) {
  router_.Add(Method::kPost, "/b", Nothing());
  router_.Add(Method::kGet, "/a/{id}", Nothing());
  const std::vector<std::pair<Method, std::string>> expected = {{Method::kPost, "/b"},
                                                                {Method::kGet, "/a/{id}"}};
  EXPECT_EQ(router_.Routes(), expected);
}

TEST_F(RouterTest, RefusesBadPatterns) {
  for (const char* bad :
       {"", "jobs", "/jobs/", "/a//b", "/{}", "/{a", "/a{b}", "/{rest...}/more"}) {
    EXPECT_THROW(router_.Add(Method::kGet, bad, Nothing()), std::invalid_argument) << bad;
  }
  router_.Add(Method::kGet, "/a", Nothing());
  EXPECT_THROW(router_.Add(Method::kGet, "/a", Nothing()), std::invalid_argument);
}

}  // namespace
}  // namespace stemscribe::http
