// stemscribed worker: the jobs, without the API.
#include <fmt/format.h>

#include <condition_variable>
#include <cstdio>
#include <mutex>

#include "app/cli/exit_code.h"
#include "app/service/commands.h"
#include "app/service/core.h"
#include "app/service/worker_server.h"
#include "app/version.h"
#include "base/error.h"

namespace stemscribe::app {

void WaitFor(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  stopped.wait(lock, stop, [] { return false; });
}

int RunWorker(const config::Settings& settings, const std::stop_token& stop) {
  if (settings.queue.url.empty()) {
    throw Error(
        ErrorCode::kInvalidArgument, "a worker needs to hear of jobs",
        {{"QUEUE_URL", "must be set; without it `stemscribed serve` does the jobs itself"}});
  }
  Core core(settings);
  http::BlockingPool pool(1, 16);
  const auto server = MakeWorkerServer(core, pool);
  core.Start(/*works=*/true);
  if (server) server->Start();
  core.log.Info("working", {{"instance", core.instance.id()},
                            {"jobs_at_once", settings.processing.max_concurrent_jobs},
                            {"threads_per_job", core.tool.threads_per_job},
                            {"metrics_port", settings.queue.worker_metrics_port}});
  fmt::print("stemscribed {} works as {}\n", kVersion, core.instance.id());
  std::fflush(stdout);
  WaitFor(stop);
  core.log.Info("draining");
  core.StopWorking();
  if (server) server->Stop();
  core.Stop();
  core.log.Info("stopped");
  return kExitOk;
}

}  // namespace stemscribe::app
