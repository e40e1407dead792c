// What all requests share that bring songs.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "api/context.h"
#include "api/file_type.h"
#include "http/request.h"

namespace stemscribe::api {

inline constexpr size_t kUploadBlockBytes = 256 * 1024;

/// The uploads that go on at once: each has buffers in memory. Thread-safe.
class Uploads {
 public:
  FileTypeDetector types{};

  /// Takes a place out of `most`, of which one caller has a quarter at most: who sends slowly keeps
  /// nobody else out. Whoever has no name ("") has no such limit. Throws Error{kUnavailable} if all
  /// places are taken, Error{kRateLimited} if the caller has too many.
  void Take(const std::string& caller, int most);
  void Give(const std::string& caller);

 private:
  std::mutex mutex_;  // guards the rest
  int num_taken_ = 0;
  std::map<std::string, int> of_caller_;
};

/// One of the places, for as long as it lives.
class UploadPlace {
 public:
  /// Throws as Uploads::Take, and Error{kUnavailable} if the server shuts down.
  UploadPlace(Uploads& uploads, ApiContext& context, const http::Request& request);
  ~UploadPlace() { uploads_.Give(caller_); }
  UploadPlace(const UploadPlace&) = delete;
  UploadPlace& operator=(const UploadPlace&) = delete;

 private:
  Uploads& uploads_;
  const std::string caller_;
};

}  // namespace stemscribe::api
