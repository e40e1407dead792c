// From what a client sends to the key that it is.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "auth/key.h"

namespace stemscribe::auth {

/// Thread-safe. Remembers keys for two seconds, so that not every request is a query; a revoked key
/// works for no longer than that.
class Authenticator {
 public:
  /// Both outlive it.
  Authenticator(KeyRepository& keys, const jobs::Clock& clock) : keys_(keys), clock_(clock) {}

  /// Blocks (SQL). The valid key of this token. Throws Error{kUnauthorized} that says what to do,
  /// and as KeyRepository.
  Key Identify(const std::optional<std::string>& token);

  /// Blocks. Counts one job; throws Error{kRateLimited} that names the quota and when it is free
  /// again.
  void Charge(const Key& key, double audio_sec, int64_t bytes);

 private:
  struct Remembered {
    Key key;
    jobs::TimePoint until;
  };
  std::optional<Key> Find(const std::string& hash, jobs::TimePoint now);

  KeyRepository& keys_;
  const jobs::Clock& clock_;
  std::mutex mutex_;  // guards remembered_
  std::map<std::string, Remembered> remembered_;
};

}  // namespace stemscribe::auth
