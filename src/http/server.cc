#include "http/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>
#include <optional>
#include <vector>

#include "http/connection.h"
#include "http/server_context.h"
#include "http/tls.h"

namespace stemscribe::http {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::chrono::milliseconds kPauseWithoutDescriptors{100};
constexpr std::chrono::milliseconds kPauseWhenFull{10};
constexpr std::chrono::milliseconds kIdleWhenFull{2000};  // then others get their turn

void CheckSettings(const ServerSettings& settings, const ServerCallbacks& callbacks) {
  std::vector<FieldError> wrong;
  auto require = [&wrong](bool ok, const char* field, const char* message) {
    if (!ok) wrong.push_back({field, message});
  };
  require(settings.num_threads >= 1, "num_threads", "must be at least 1");
  require(settings.max_header_bytes >= 256, "max_header_bytes", "must be at least 256");
  require(settings.max_connections >= 1, "max_connections", "must be at least 1");
  require(settings.max_connections_per_address >= 1, "max_connections_per_address",
          "must be at least 1");
  require(settings.requests_per_connection >= 1, "requests_per_connection", "must be at least 1");
  require(callbacks.error_responder != nullptr, "error_responder", "must be given");
  if (!wrong.empty()) throw Error(ErrorCode::kInvalidArgument, "invalid server settings", wrong);
}

tcp::endpoint Endpoint(const ServerSettings& settings) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(settings.host, error);
  if (error) {
    throw Error(ErrorCode::kInvalidArgument, "invalid server settings",
                {{"host", "must be an IP address"}});
  }
  return {address, settings.port};
}

bool IsOutOfDescriptors(const boost::system::error_code& error) {
  return error == asio::error::no_descriptors ||
         error == boost::system::errc::too_many_files_open_in_system ||
         error == asio::error::no_buffer_space || error == asio::error::no_memory;
}

}  // namespace

class Server::Impl {
 public:
  Impl(ServerSettings settings, Router router, CorsPolicy cors, ServerCallbacks callbacks,
       BlockingPool& pool, std::shared_ptr<const TlsContext> tls)
      : context{std::move(settings), std::move(router), std::move(cors), std::move(callbacks), pool,
                std::move(tls)} {}

  void Start();
  void StopAccepting();
  bool Drain(std::chrono::milliseconds deadline);
  void Stop();

  ServerContext context;
  uint16_t port = 0;

 private:
  asio::awaitable<void> AcceptLoop();
  asio::awaitable<void> Pause(std::chrono::milliseconds time);
  void Adopt(Worker& worker, tcp::socket socket);
  Worker& LeastBusyWorker();
  template <typename Action>
  void ForEachConnection(Action action);

  std::vector<std::unique_ptr<Worker>> workers_;
  std::optional<tcp::acceptor> acceptor_;  // used on the first worker's thread, once started
  std::atomic<bool> accepting_{false};
};

void Server::Impl::Start() {
  const tcp::endpoint endpoint = Endpoint(context.settings);
  for (int i = 0; i < context.settings.num_threads; ++i)
    workers_.push_back(std::make_unique<Worker>());
  acceptor_.emplace(workers_.front()->io);
  try {
    acceptor_->open(endpoint.protocol());
    acceptor_->set_option(tcp::acceptor::reuse_address(true));
    if (endpoint.address().is_v6() && endpoint.address().is_unspecified()) {
      acceptor_->set_option(asio::ip::v6_only(false));
    }
    acceptor_->bind(endpoint);
    acceptor_->listen(context.settings.listen_backlog);
    port = acceptor_->local_endpoint().port();
  } catch (const boost::system::system_error& error) {
    acceptor_.reset();
    workers_.clear();
    throw Error(ErrorCode::kIo,
                fmt::format("cannot listen on {} port {}: {}", context.settings.host,
                            context.settings.port, error.code().message()));
  }
  accepting_ = true;
  asio::co_spawn(workers_.front()->io, AcceptLoop(), asio::detached);
  for (auto& worker : workers_) {
    worker->thread = std::thread([&io = worker->io] { io.run(); });
  }
}

asio::awaitable<void> Server::Impl::Pause(std::chrono::milliseconds time) {
  asio::steady_timer timer(workers_.front()->io, time);
  boost::system::error_code ignored;
  auto token = asio::redirect_error(asio::use_awaitable, ignored);
  co_await timer.async_wait(token);
}

Worker& Server::Impl::LeastBusyWorker() {
  auto busier = [](const auto& a, const auto& b) {
    return a->num_connections < b->num_connections;
  };
  return **std::min_element(workers_.begin(), workers_.end(), busier);
}

asio::awaitable<void> Server::Impl::AcceptLoop() {
  bool was_full = false;
  while (accepting_) {
    const bool is_full = context.counter.total() >= context.settings.max_connections;
    if (is_full && !was_full) context.HitLimit("connections");
    was_full = is_full;
    if (is_full) {
      ForEachConnection([](Connection& connection) { connection.CloseIfIdle(kIdleWhenFull); });
      co_await Pause(kPauseWhenFull);
      continue;
    }
    Worker& worker = LeastBusyWorker();
    boost::system::error_code error;
    auto token = asio::redirect_error(asio::use_awaitable, error);
    // NOLINTNEXTLINE(bugprone-unchecked-optional-access): opened before this coroutine starts
    tcp::socket socket = co_await acceptor_->async_accept(worker.io, token);
    if (!accepting_) co_return;
    if (!error) {
      Adopt(worker, std::move(socket));
    } else if (IsOutOfDescriptors(error)) {
      context.Warn("cannot accept a connection: " + error.message());
      co_await Pause(kPauseWithoutDescriptors);
    }  // else: a connection that broke before it was taken
  }
}

void Server::Impl::Adopt(Worker& worker, tcp::socket socket) {
  boost::system::error_code error;
  const tcp::endpoint peer = socket.remote_endpoint(error);
  if (error) return;
  auto ip = peer.address();
  if (ip.is_v6() && ip.to_v6().is_v4_mapped())
    ip = asio::ip::make_address_v4(asio::ip::v4_mapped, ip.to_v6());
  const std::string address = ip.to_string();
  socket.non_blocking(true, error);
  socket.set_option(tcp::no_delay(true), error);
  if (!context.counter.Add(address, context.settings.max_connections_per_address)) {
    context.HitLimit("connections_of_address");
    return;
  }
  ++worker.num_connections;
  try {
    std::unique_ptr<Transport> transport =
        context.tls ? context.tls->NewTransport(socket.native_handle())
                    : std::make_unique<PlainTransport>(socket.native_handle());
    auto connection = std::make_shared<Connection>(context, worker, std::move(socket),
                                                   std::move(transport), address);
    asio::post(worker.io, [connection] { connection->Start(); });
  } catch (const std::exception& failure) {  // no memory: for this one, but not for all that come
    --worker.num_connections;
    context.counter.Remove(address);
    context.Warn(std::string("a connection was not taken: ") + failure.what());
  }
}

template <typename Action>
void Server::Impl::ForEachConnection(Action action) {
  for (auto& worker : workers_) {
    asio::post(worker->io, [worker = worker.get(), action] {
      const std::vector<Connection*> connections(worker->connections.begin(),
                                                 worker->connections.end());
      for (Connection* connection : connections) action(*connection);
    });
  }
}

void Server::Impl::StopAccepting() {
  if (!accepting_.exchange(false)) return;
  // Waiting for it makes sure that no connection is adopted any more once this returns.
  std::promise<void> closed;
  asio::post(workers_.front()->io, [this, &closed] {
    boost::system::error_code ignored;
    acceptor_->close(ignored);
    closed.set_value();
  });
  closed.get_future().wait();
}

bool Server::Impl::Drain(std::chrono::milliseconds deadline) {
  const auto end = std::chrono::steady_clock::now() + deadline;
  StopAccepting();
  context.draining = true;
  ForEachConnection([](Connection& connection) { connection.Drain(); });
  return context.counter.WaitForNone(end);
}

void Server::Impl::Stop() {
  if (workers_.empty()) return;
  context.stopping = true;
  StopAccepting();
  ForEachConnection([](Connection& connection) { connection.Abort(); });
  // Handlers end by themselves once their awaits fail; what runs on the pool refers to them, so it
  // must end first.
  context.counter.WaitForNone(std::chrono::steady_clock::time_point::max());
  for (auto& worker : workers_) {
    worker->work.reset();
    worker->io.stop();
    worker->thread.join();
  }
  acceptor_.reset();
  workers_.clear();
}

Server::Server(ServerSettings settings, Router router, CorsPolicy cors, ServerCallbacks callbacks,
               BlockingPool& pool, std::shared_ptr<const TlsContext> tls) {
  CheckSettings(settings, callbacks);
  impl_ = std::make_unique<Impl>(std::move(settings), std::move(router), std::move(cors),
                                 std::move(callbacks), pool, std::move(tls));
}

Server::~Server() { impl_->Stop(); }

void Server::Start() { impl_->Start(); }
uint16_t Server::port() const { return impl_->port; }
void Server::StopAccepting() { impl_->StopAccepting(); }
bool Server::Drain(std::chrono::milliseconds deadline) { return impl_->Drain(deadline); }
void Server::Stop() { impl_->Stop(); }
int Server::num_connections() const { return impl_->context.counter.total(); }
const Router& Server::router() const { return impl_->context.router; }

}  // namespace stemscribe::http
