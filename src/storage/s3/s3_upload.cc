#include "storage/s3/s3_upload.h"

#include <fcntl.h>

#include <utility>

#include "storage/file_io.h"

namespace stemscribe::storage {

S3Upload::S3Upload(S3Client& client, std::string key, const std::filesystem::path& file)
    : client_(client), key_(std::move(key)), fd_(OpenFile(file, O_RDONLY)) {}

S3Upload::~S3Upload() {
  if (pending_.valid()) pending_.wait();
  if (id_.empty()) return;
  try {
    client_.AbortUpload(key_, id_);
  } catch (const std::exception&) {  // a later sweep gets it
  }
}

void S3Upload::Advance(int64_t bytes) {
  // One byte more than the part: the last part, which may be small, must not be empty.
  while (bytes - sent_bytes_ > client_.settings().part_bytes) {
    SendPart(client_.settings().part_bytes);
  }
}

void S3Upload::SendPart(int64_t bytes) {
  WaitForPart();
  if (id_.empty()) id_ = client_.CreateUpload(key_);
  S3Body body{.fd = fd_.get(), .offset = sent_bytes_, .bytes = bytes};
  pending_ = std::async(std::launch::async, [this, body, number = ++num_parts_] {
    return client_.UploadPart(key_, id_, number, body);
  });
  sent_bytes_ += bytes;
}

void S3Upload::WaitForPart() {
  if (pending_.valid()) parts_.push_back(pending_.get());
}

void S3Upload::Finish(int64_t bytes) {
  Advance(bytes);
  if (num_parts_ == 0) {
    client_.Put(key_, {.fd = fd_.get(), .bytes = bytes});
    return;
  }
  SendPart(bytes - sent_bytes_);
  WaitForPart();
  client_.CompleteUpload(key_, id_, parts_, bytes);
  id_.clear();
}

}  // namespace stemscribe::storage
