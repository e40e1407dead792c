// Answers that are made piece by piece: a view of the frames, an archive.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "http/blocking_pool.h"
#include "http/response.h"

namespace stemscribe::api {

/// `source` as a stream; its Next(), which gives the next piece or nullopt, runs on `pool`.
template <typename Source>
http::StreamBody StreamOf(std::shared_ptr<Source> source, http::BlockingPool& pool) {
  http::StreamBody body;
  body.produce = [source, &pool](http::ResponseStream& stream) -> boost::asio::awaitable<void> {
    auto next = [&source] { return source->Next(); };
    while (true) {
      const std::optional<std::string> piece = co_await pool.Run(next);
      if (!piece) co_return;
      co_await stream.Write(*piece);
    }
  };
  return body;
}

}  // namespace stemscribe::api
