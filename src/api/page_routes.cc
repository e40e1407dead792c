#include "api/page_routes.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>

#include "base/error.h"
#include "http/serve_file.h"

namespace stemscribe::api {
namespace {

using boost::asio::awaitable;
namespace fs = std::filesystem;

// Nothing but what comes from here: no inline code, no frames, no other hosts. Blobs are the files
// that the page itself makes, such as a mix to download.
constexpr char kPolicy[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' "
    "blob: data:; media-src 'self' blob:; connect-src 'self'; worker-src 'self'; manifest-src "
    "'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'";
constexpr char kNoDevices[] = "camera=(), microphone=(), geolocation=(), payment=(), usb=()";
// The build puts a hash of the content into the names of assets.
constexpr char kForEver[] = "public, max-age=31536000, immutable";
constexpr char kAskAgain[] = "no-cache";

struct FileType {
  std::string_view extension;
  const char* content_type;
};
constexpr std::array kTypes = {FileType{".html", "text/html; charset=utf-8"},
                               FileType{".js", "text/javascript; charset=utf-8"},
                               FileType{".css", "text/css; charset=utf-8"},
                               FileType{".svg", "image/svg+xml"},
                               FileType{".png", "image/png"},
                               FileType{".woff2", "font/woff2"},
                               FileType{".txt", "text/plain; charset=utf-8"}};

/// Throws Error{kNotFound} for names that the build makes none of, such as hidden or outer files.
const char* ContentTypeOf(const std::string& name) {
  const auto is_plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
  };
  const std::string extension = fs::path(name).extension().string();
  const auto* type = std::find_if(kTypes.begin(), kTypes.end(), [&](const FileType& candidate) {
    return candidate.extension == extension;
  });
  if (type == kTypes.end() || name.starts_with('.') ||
      !std::all_of(name.begin(), name.end(), is_plain)) {
    throw Error(ErrorCode::kNotFound, "no such file");
  }
  return type->content_type;
}

void AddSecurityHeaders(http::Headers& headers) {
  headers.Set("Content-Security-Policy", kPolicy);
  // These two make the page isolated, so that it may share memory with its audio thread.
  headers.Set("Cross-Origin-Opener-Policy", "same-origin");
  headers.Set("Cross-Origin-Embedder-Policy", "require-corp");
  headers.Set("Cross-Origin-Resource-Policy", "same-origin");
  headers.Set("Permissions-Policy", kNoDevices);
  headers.Set("Referrer-Policy", "no-referrer");
  headers.Set("X-Content-Type-Options", "nosniff");
}

awaitable<http::Response> Serve(const http::Request& request, fs::path folder, std::string name,
                                const char* cache_control, http::BlockingPool& pool) {
  http::FileOptions options;
  options.content_type = ContentTypeOf(name);
  options.cache_control = cache_control;
  const fs::path file = folder / name;
  const fs::path compressed = file.string() + ".gz";
  auto has_twin = [&compressed] { return fs::is_regular_file(compressed); };
  const bool is_compressed = co_await pool.Run(has_twin);
  http::Response response;
  if (is_compressed) {
    response = co_await http::ServeGzipFile(request, compressed, options, pool);
  } else {
    response = co_await http::ServeFile(request, file, options, pool);
  }
  AddSecurityHeaders(response.headers);
  co_return response;
}

}  // namespace

void AddPageRoutes(http::Router& router, const fs::path& web_dir, http::BlockingPool& pool) {
  if (web_dir.empty()) return;
  const auto add_file = [&](const char* path, const char* name) {
    router.Add(http::Method::kGet, path, [web_dir, name, &pool](http::Request& request) {
      return Serve(request, web_dir, name, kAskAgain, pool);
    });
  };
  add_file("/", "index.html");
  add_file("/favicon.svg", "favicon.svg");
  router.Add(http::Method::kGet, "/assets/{name}", [web_dir, &pool](http::Request& request) {
    return Serve(request, web_dir / "assets", request.path_param("name"), kForEver, pool);
  });
}

}  // namespace stemscribe::api
