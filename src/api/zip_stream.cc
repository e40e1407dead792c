#include "api/zip_stream.h"

#include <archive.h>
#include <archive_entry.h>

#include <chrono>

#include "base/error.h"

namespace stemscribe::api {
namespace {

constexpr size_t kPieceBytes = 256 * 1024;

time_t SecondsOf(jobs::TimePoint time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

}  // namespace

struct ZipStream::Impl {
  explicit Impl(std::vector<ZipEntry> list) : entries(std::move(list)), zip(archive_write_new()) {
    archive_write_set_format_zip(zip);
    archive_write_zip_set_compression_store(zip);
    archive_write_set_bytes_per_block(zip, 0);
    Check(archive_write_open(zip, this, nullptr, &Impl::Write, nullptr));
  }
  ~Impl() {
    is_given_up = true;
    archive_write_free(zip);  // closes it first, or it would leak
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  static la_ssize_t Write(archive*, void* self, const void* data, size_t size) {
    auto* const impl = static_cast<Impl*>(self);
    if (!impl->is_given_up) impl->out.append(static_cast<const char*>(data), size);
    return static_cast<la_ssize_t>(size);
  }

  void Check(int result) const {
    if (result == ARCHIVE_OK) return;
    const char* why = archive_error_string(zip);
    throw Error(ErrorCode::kIo, std::string("cannot make the archive: ") + (why ? why : ""));
  }

  void Begin(const ZipEntry& from) {
    reader = from.open();
    const std::unique_ptr<archive_entry, FreeEntry> entry(archive_entry_new());
    archive_entry_set_pathname_utf8(entry.get(), from.name.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_size(entry.get(), from.bytes);
    archive_entry_set_mtime(entry.get(), SecondsOf(from.modified_at), 0);
    Check(archive_write_header(zip, entry.get()));
  }

  void Step() {
    if (!reader) {
      if (next == entries.size()) {
        Check(archive_write_close(zip));
        ended = true;
        return;
      }
      Begin(entries[next++]);
    }
    const size_t got = reader->Read(block);
    if (got > 0) {
      if (archive_write_data(zip, block.data(), got) < 0) Check(ARCHIVE_FATAL);
      return;
    }
    reader.reset();
    Check(archive_write_finish_entry(zip));
  }

  std::vector<ZipEntry> entries;
  size_t next = 0;
  std::unique_ptr<jobs::BlobReader> reader;  // of the entry that is being written
  std::vector<std::byte> block = std::vector<std::byte>(kPieceBytes);
  archive* zip;
  std::string out;
  bool ended = false;
  bool is_given_up = false;
};

ZipStream::ZipStream(std::vector<ZipEntry> entries)
    : impl_(std::make_unique<Impl>(std::move(entries))) {}
ZipStream::~ZipStream() = default;

std::optional<std::string> ZipStream::Next() {
  impl_->out.clear();
  while (impl_->out.size() < kPieceBytes && !impl_->ended) impl_->Step();
  if (impl_->out.empty()) return std::nullopt;
  return std::move(impl_->out);
}

}  // namespace stemscribe::api
