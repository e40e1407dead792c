// The table of keys in SQL.
#pragma once

#include <memory>

#include "auth/key.h"
#include "db/connection_pool.h"
#include "db/query.h"
#include "db/repository.h"

namespace stemscribe::db {

/// Thread-safe. The schema must be up to date (OpenRepository sees to it).
class SqlKeyRepository final : public auth::KeyRepository {
 public:
  explicit SqlKeyRepository(const RepositorySettings& settings);

  void Add(const auth::Key& key, const std::string& token_hash) override;
  std::optional<auth::Key> FindByHash(const std::string& token_hash) override;
  std::vector<auth::Key> List() override;
  bool Revoke(const std::string& id, jobs::TimePoint now) override;
  bool Rotate(const std::string& id, const std::string& token_hash) override;
  std::optional<std::string> Charge(const auth::Key& key, const auth::Quota& use,
                                    jobs::TimePoint now) override;

 private:
  std::vector<auth::Key> Query(const std::string& where, const Params& params);

  ConnectionPool pool_;
};

}  // namespace stemscribe::db
