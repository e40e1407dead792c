#include "queue/redis_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <random>

#include "base/error.h"

namespace stemscribe::queue {
namespace {

constexpr size_t kMaxIdle = 16;
constexpr jobs::Milliseconds kFirstPause{50};
constexpr jobs::Milliseconds kMaxPause{2000};

}  // namespace

RedisClient::RedisClient(RedisSettings settings)
    : settings_(std::move(settings)),
      meter_(settings_.meter ? settings_.meter : std::make_shared<RedisMeter>()) {
  // Counted by libcurl, and thread-safe in it since 7.84.
  if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    throw Error(ErrorCode::kInternal, "libcurl cannot be started");
  }
}

RedisClient::~RedisClient() {
  CloseIdle();
  curl_global_cleanup();
}

void RedisClient::CloseIdle() {
  meter_->num_idle -= static_cast<int>(idle_.size());
  idle_.clear();
}

std::unique_ptr<RedisConnection> RedisClient::TakeIdle() {
  std::lock_guard lock(mutex_);
  if (idle_.empty()) return nullptr;
  auto connection = std::move(idle_.back());
  idle_.pop_back();
  --meter_->num_idle;
  return connection;
}

std::unique_ptr<RedisConnection> RedisClient::Connect() {
  {
    std::lock_guard lock(mutex_);
    if (std::chrono::steady_clock::now() < try_again_at_) {
      throw Error(ErrorCode::kUnavailable, "Redis did not answer a moment ago");
    }
  }
  try {
    auto connection = std::make_unique<RedisConnection>(settings_);
    std::lock_guard lock(mutex_);
    pause_ = jobs::Milliseconds(0);
    meter_->is_up = true;
    return connection;
  } catch (const Error&) {
    NoteFailure();
    throw;
  }
}

void RedisClient::NoteFailure() {
  thread_local std::minstd_rand random(std::random_device{}());
  std::lock_guard lock(mutex_);
  CloseIdle();  // they are broken, too
  meter_->is_up = false;
  pause_ = std::clamp(pause_ * 2, kFirstPause, kMaxPause);
  std::uniform_int_distribution<int64_t> jitter(pause_.count() / 2, pause_.count());
  try_again_at_ = std::chrono::steady_clock::now() + jobs::Milliseconds(jitter(random));
}

std::unique_ptr<RedisConnection> RedisClient::Take() {
  auto connection = TakeIdle();
  return connection ? std::move(connection) : Connect();
}

void RedisClient::Give(std::unique_ptr<RedisConnection> connection) {
  std::lock_guard lock(mutex_);
  if (idle_.size() >= kMaxIdle) return;
  idle_.push_back(std::move(connection));
  ++meter_->num_idle;
}

RedisReply RedisClient::Call(const RedisCommand& command, const std::string& tolerated) {
  RedisReply reply;
  auto connection = TakeIdle();
  bool is_done = false;
  if (connection) {
    try {
      reply = connection->Call(command, settings_.timeout);
      is_done = true;
    } catch (const Error&) {  // closed while it was idle: below is the second try
    }
  }
  if (!is_done) {
    connection = Connect();
    try {
      reply = connection->Call(command, settings_.timeout);
    } catch (const Error&) {
      NoteFailure();
      throw;
    }
  }
  const bool is_tolerated = !tolerated.empty() && reply.IsError(tolerated);
  if (reply.type == RedisReply::Type::kError && !is_tolerated) {
    throw Error(ErrorCode::kUnavailable, "Redis: " + reply.text);  // READONLY: no master any more
  }
  Give(std::move(connection));
  return reply;
}

}  // namespace stemscribe::queue
