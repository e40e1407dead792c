#include "auth/authenticator.h"

#include <chrono>
#include <cmath>

#include "base/error.h"

namespace stemscribe::auth {
namespace {

constexpr jobs::Milliseconds kMemory = std::chrono::seconds(2);
constexpr size_t kMaxRemembered = 10'000;

}  // namespace

std::optional<Key> Authenticator::Find(const std::string& hash, jobs::TimePoint now) {
  {
    std::lock_guard lock(mutex_);
    const auto found = remembered_.find(hash);
    // Nor for longer where the clock was set back.
    const bool is_fresh = found != remembered_.end() && now < found->second.until &&
                          found->second.until - now <= kMemory;
    if (is_fresh) return found->second.key;
  }
  std::optional<Key> key = keys_.FindByHash(hash);
  if (!key) return std::nullopt;  // unknown ones are not remembered: they have no end
  std::lock_guard lock(mutex_);
  if (remembered_.size() >= kMaxRemembered) remembered_.clear();
  remembered_.insert_or_assign(hash, Remembered{*key, now + kMemory});
  return key;
}

Key Authenticator::Identify(const std::optional<std::string>& token) {
  if (!token) {
    throw Error(ErrorCode::kUnauthorized, "an API key is needed",
                {{"X-API-Key", "send your key in it, or as Authorization: Bearer"}});
  }
  const jobs::TimePoint now = clock_.Now();
  std::optional<Key> key;
  if (LooksLikeToken(*token)) key = Find(HashToken(*token), now);
  // One answer to all that is wrong with a key: strangers learn nothing.
  if (!key || !key->IsValid(now)) {
    throw Error(ErrorCode::kUnauthorized, "the API key is not valid",
                {{"X-API-Key", "ask the operator for a new key"}});
  }
  return *key;
}

std::optional<UsedUp> Authenticator::Charge(const Key& key, double audio_sec, int64_t bytes) {
  const jobs::TimePoint now = clock_.Now();
  const Quota use{
      .jobs = 1, .audio_sec = static_cast<int64_t>(std::ceil(audio_sec)), .bytes = bytes};
  const auto what = keys_.Charge(key, use, now);
  if (!what) return std::nullopt;
  const auto tomorrow = std::chrono::floor<std::chrono::days>(now) + std::chrono::days(1);
  return UsedUp{.what = *what,
                .until = std::chrono::time_point_cast<jobs::Milliseconds>(tomorrow),
                .wait_sec = std::chrono::ceil<std::chrono::seconds>(tomorrow - now).count()};
}

}  // namespace stemscribe::auth
