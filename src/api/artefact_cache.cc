#include "api/artefact_cache.h"

#include <utility>

namespace stemscribe::api {

std::shared_ptr<const jobs::Artefacts> ArtefactCache::Get(
    const std::string& job_id, const std::function<jobs::Artefacts()>& load) {
  {
    const std::scoped_lock lock(mutex_);
    if (const auto known = of_job_.find(job_id); known != of_job_.end()) return known->second;
  }
  auto artefacts = std::make_shared<const jobs::Artefacts>(load());
  const std::scoped_lock lock(mutex_);
  if (!of_job_.emplace(job_id, artefacts).second) return artefacts;
  oldest_first_.push_back(job_id);
  if (oldest_first_.size() > max_jobs_) {
    of_job_.erase(oldest_first_.front());
    oldest_first_.pop_front();
  }
  return artefacts;
}

}  // namespace stemscribe::api
