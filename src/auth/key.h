// API keys: who may use the service, how much a day, and as what.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "jobs/clock.h"

namespace stemscribe::auth {

/// What a key may use in one day (UTC). 0: no limit.
struct Quota {
  int64_t jobs = 0;
  int64_t audio_sec = 0;
  int64_t bytes = 0;

  bool operator==(const Quota&) const = default;
};

struct Key {
  std::string id{};    // the owner of its jobs
  std::string name{};  // for people
  bool is_admin = false;
  Quota quota{};
  int priority = 0;  // of its jobs: higher is sooner
  jobs::TimePoint created_at{};
  std::optional<jobs::TimePoint> expires_at{};
  std::optional<jobs::TimePoint> revoked_at{};

  bool IsValid(jobs::TimePoint now) const {
    return !revoked_at && (!expires_at || now < *expires_at);
  }
};

/// A new secret: "sts_", 192 random bits and a checksum in hexadecimal. It is shown once; only its
/// hash is kept.
std::string NewToken();

/// Whether this could be a token of ours: so that nonsense costs no query.
bool LooksLikeToken(std::string_view text);

/// What is kept of a token. The token is random, so a fast hash is as good as a slow one.
std::string HashToken(std::string_view token);

/// The table of keys. Thread-safe. All methods throw Error{kUnavailable} when the database does not
/// answer. Implementation: db/.
class KeyRepository {
 public:
  virtual ~KeyRepository() = default;

  virtual void Add(const Key& key, const std::string& token_hash) = 0;

  /// Revoked and expired ones, too.
  virtual std::optional<Key> FindByHash(const std::string& token_hash) = 0;

  /// By the time of their making.
  virtual std::vector<Key> List() = 0;

  /// False if there is no such key, or it was revoked before.
  virtual bool Revoke(const std::string& id, jobs::TimePoint now) = 0;

  /// The key keeps its id, jobs and quota; the old secret is worth nothing from now on. False if
  /// there is no such key that is valid.
  virtual bool Rotate(const std::string& id, const std::string& token_hash) = 0;

  /// Counts `use` for the day of `now`, unless that would go beyond `key.quota`: then nothing is
  /// counted, and the name of what is used up is given ("jobs", "minutes of audio", "bytes").
  virtual std::optional<std::string> Charge(const Key& key, const Quota& use,
                                            jobs::TimePoint now) = 0;
};

}  // namespace stemscribe::auth
