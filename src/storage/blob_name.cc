#include "storage/blob_name.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "base/error.h"

namespace stemscribe::storage {
namespace {

constexpr size_t kMaxNameBytes = 512;

bool IsGoodPart(const std::string& part) {
  if (part.empty() || part == "." || part == "..") return false;
  return std::all_of(part.begin(), part.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != '\\' && c != 0x7f;
  });
}

bool IsGoodName(const std::string& name) {
  if (name.empty() || name.size() > kMaxNameBytes || name.back() == '/') return false;
  std::istringstream parts(name);
  for (std::string part; std::getline(parts, part, '/');) {
    if (!IsGoodPart(part)) return false;
  }
  return true;
}

}  // namespace

void CheckBlobName(const std::string& name) {
  if (IsGoodName(name)) return;
  throw Error(ErrorCode::kInvalidArgument, fmt::format("\"{}\" is no name for a blob", name));
}

}  // namespace stemscribe::storage
