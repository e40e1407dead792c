// What a worker tells the operator over HTTP: its metrics, and that it lives.
#pragma once

#include <memory>

#include "app/service/core.h"
#include "http/server.h"

namespace stemscribe::app {

/// Serves /metrics and /health/live at WORKER_METRICS_PORT; null if there is none. Both outlive it.
std::unique_ptr<http::Server> MakeWorkerServer(Core& core, http::BlockingPool& pool);

}  // namespace stemscribe::app
