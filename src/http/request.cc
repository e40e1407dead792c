#include "http/request.h"

#include <algorithm>
#include <array>

#include "http/http_error.h"
#include "http/router.h"

namespace stemscribe::http {

const QueryParams& Request::query() const {
  if (!query_) query_ = QueryParams::Parse(query_string_);
  return *query_;
}

std::optional<std::string_view> Request::header(std::string_view name) const {
  for (const auto& [field_name, value] : head_.fields) {
    if (EqualsIgnoreCase(field_name, name)) return value;
  }
  return std::nullopt;
}

std::optional<std::string> Request::header_list(std::string_view name) const {
  std::optional<std::string> list;
  for (const auto& [field_name, value] : head_.fields) {
    if (!EqualsIgnoreCase(field_name, name)) continue;
    if (list) {
      list->append(", ").append(value);
    } else {
      list.emplace(value);
    }
  }
  return list;
}

const std::string& Request::path_param(std::string_view name) const {
  for (size_t i = 0; i < param_values_.size(); ++i) {
    if (route_->param_names[i] == name) return param_values_[i];
  }
  throw Error(ErrorCode::kInternal, "the route has no parameter " + std::string(name));
}

boost::asio::awaitable<size_t> Request::ReadSome(std::span<std::byte> buffer) {
  if (body_ == nullptr) co_return 0;
  co_return co_await body_->ReadSome(buffer);
}

boost::asio::awaitable<std::string> Request::ReadAll(uint64_t max_bytes) {
  std::string all;
  if (body_ == nullptr) co_return all;
  body_->SetLimit(max_bytes);
  constexpr size_t kChunkBytes = 16 * 1024;
  while (true) {
    // The declared length is only a hint: memory is spent on bytes that have come, not on promises.
    const size_t old_size = all.size();
    const uint64_t expected =
        content_length_ ? *content_length_ - std::min<uint64_t>(*content_length_, old_size)
                        : kChunkBytes;
    all.resize(old_size + std::clamp<uint64_t>(expected, 1, kChunkBytes));
    const size_t count =
        co_await body_->ReadSome(std::as_writable_bytes(std::span(all).subspan(old_size)));
    all.resize(old_size + count);
    if (count == 0) co_return all;
  }
}

void Request::Reset(RequestHead head, BodySource* body, std::optional<uint64_t> content_length) {
  head_ = std::move(head);
  method_ = ParseMethod(head_.method);
  const size_t question_mark = head_.target.find('?');
  path_ = head_.target.substr(0, question_mark);
  query_string_ = question_mark == std::string_view::npos ? std::string_view()
                                                          : head_.target.substr(question_mark + 1);
  query_.reset();
  route_ = nullptr;
  principal_ = {};
  param_values_.clear();
  body_ = body;
  content_length_ = content_length;
}

RequestHead Request::TakeHead() {
  RequestHead head = std::move(head_);
  Reset(RequestHead(), nullptr, 0);
  head.fields.clear();
  head.bytes.clear();
  return head;
}

void Request::set_connection(std::string remote_address, bool is_tls) {
  remote_address_ = std::move(remote_address);
  is_tls_ = is_tls;
}

void Request::set_route(const Route* route, std::vector<std::string> param_values) {
  route_ = route;
  param_values_ = std::move(param_values);
}

}  // namespace stemscribe::http
