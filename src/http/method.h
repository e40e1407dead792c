// The request methods that routes can be registered for.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace stemscribe::http {

enum class Method { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions };

inline constexpr size_t kNumMethods = 7;

/// "GET", "HEAD", …
std::string_view MethodName(Method method);

/// The method with exactly this name; nullopt for any other (a router answers those with 405).
std::optional<Method> ParseMethod(std::string_view name);

}  // namespace stemscribe::http
