// From what a client sends to the key that it is.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "auth/key.h"

namespace stemscribe::auth {

struct UsedUp {
  std::string what;  // as KeyRepository::Charge
  jobs::TimePoint until;
  int64_t wait_sec;
};

/// Thread-safe. Remembers keys for two seconds, so that not every request is a query; a revoked key
/// works for no longer than that.
class Authenticator {
 public:
  /// Both outlive it.
  Authenticator(KeyRepository& keys, const jobs::Clock& clock) : keys_(keys), clock_(clock) {}

  /// Blocks (SQL). The valid key of this token. Throws Error{kUnauthorized} that says what to do,
  /// and as KeyRepository.
  Key Identify(const std::optional<std::string>& token);

  /// Blocks. Counts one job, unless a quota of the key is used up: then says which, and until when.
  std::optional<UsedUp> Charge(const Key& key, double audio_sec, int64_t bytes);

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
