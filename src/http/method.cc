#include "http/method.h"

#include <array>

namespace stemscribe::http {
namespace {

constexpr std::array<std::string_view, kNumMethods> kNames = {"GET",   "HEAD",   "POST",   "PUT",
                                                              "PATCH", "DELETE", "OPTIONS"};

}  // namespace

std::string_view MethodName(Method method) { return kNames[static_cast<size_t>(method)]; }

std::optional<Method> ParseMethod(std::string_view name) {
  for (size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i] == name) return static_cast<Method>(i);
  }
  return std::nullopt;
}

}  // namespace stemscribe::http
