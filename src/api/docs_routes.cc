#include "api/docs_routes.h"

#include <array>
#include <string>
#include <string_view>

#include "api/contract.h"
#include "base/error.h"
#include "base/sha256.h"
#include "http/conditional.h"
#include "http/serve_file.h"

namespace stemscribe::api {
namespace {

using boost::asio::awaitable;

struct Asset {
  std::string_view name;
  const char* content_type;
};
constexpr std::array kAssets = {Asset{"swagger-ui.css", "text/css; charset=utf-8"},
                                Asset{"swagger-ui-bundle.js", "text/javascript; charset=utf-8"},
                                Asset{"favicon-32x32.png", "image/png"}};

constexpr char kPage[] = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>stemscribe API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
<link rel="icon" href="/docs/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
)";
constexpr char kStart[] =
    "window.ui = SwaggerUIBundle({url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true, "
    "validatorUrl: null});\n";
constexpr char kPolicy[] =
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors "
    "'none'";

std::string EtagOf(std::string_view text) {
  Sha256 sha;
  sha.Update(std::as_bytes(std::span(text)));
  return "\"" + sha.FinishHex().substr(0, 16) + "\"";
}

awaitable<http::Response> ServeContract(http::Request& request) {
  static const std::string etag = EtagOf(kContractJson);
  http::Response response = http::Response::Json(200, std::string(kContractJson));
  response.headers.Set("Cache-Control", "no-cache");
  http::ApplyEtag(request, etag, response);
  co_return response;
}

awaitable<http::Response> ServePage(http::Request& request) {
  static const std::string etag = EtagOf(kPage);
  http::Response response = http::Response::Text(200, kPage, "text/html; charset=utf-8");
  response.headers.Set("Content-Security-Policy", kPolicy);
  response.headers.Set("Cache-Control", "no-cache");
  http::ApplyEtag(request, etag, response);
  co_return response;
}

awaitable<http::Response> ServeStart(http::Request& request) {
  static const std::string etag = EtagOf(kStart);
  http::Response response = http::Response::Text(200, kStart, "text/javascript; charset=utf-8");
  response.headers.Set("Cache-Control", "no-cache");
  http::ApplyEtag(request, etag, response);
  co_return response;
}

}  // namespace

void AddDocsRoutes(http::Router& router, const std::filesystem::path& swagger_dir,
                   http::BlockingPool& pool) {
  router.Add(http::Method::kGet, "/openapi.json", ServeContract);
  if (swagger_dir.empty()) return;
  router.Add(http::Method::kGet, "/docs", ServePage);
  router.Add(http::Method::kGet, "/docs/start.js", ServeStart);
  for (const Asset& asset : kAssets) {
    router.Add(http::Method::kGet, "/docs/" + std::string(asset.name),
               [file = swagger_dir / asset.name, type = asset.content_type,
                &pool](http::Request& request) {
                 http::FileOptions options;
                 options.content_type = type;
                 options.cache_control = "public, max-age=86400";
                 return http::ServeFile(request, file, options, pool);
               });
  }
}

}  // namespace stemscribe::api
