#include "http/serve_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <random>
#include <utility>

#include "http/compression.h"
#include "http/conditional.h"
#include "http/content_disposition.h"
#include "http/http_error.h"
#include "http/ranges.h"

namespace stemscribe::http {
namespace {

namespace asio = boost::asio;

constexpr size_t kReadBlockBytes = 64 * 1024;
constexpr size_t kInflateBlockBytes = 256 * 1024;
constexpr size_t kSourceBlockBytes = 256 * 1024;

struct FileInfo {
  std::shared_ptr<const OpenFile> file;
  uint64_t size_bytes = 0;
  Validators validators;
};

FileInfo OpenForReading(const std::filesystem::path& path, const std::string& etag) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    if (errno == ENOENT || errno == ENOTDIR) throw Error(ErrorCode::kNotFound, "no such file");
    throw FileError(errno, "cannot open a file");
  }
  FileInfo info;
  info.file = std::make_shared<OpenFile>(fd);
  struct stat status {};
  if (::fstat(fd, &status) != 0) throw Error(ErrorCode::kIo, "cannot examine a file");
  if (!S_ISREG(status.st_mode)) throw Error(ErrorCode::kNotFound, "no such file");
  info.size_bytes = static_cast<uint64_t>(status.st_size);
  info.validators.last_modified =
      std::chrono::sys_seconds(std::chrono::seconds(status.st_mtim.tv_sec));
  info.validators.etag = !etag.empty() ? etag
                                       : fmt::format("\"{:x}-{:x}{:08x}\"", info.size_bytes,
                                                     status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
  return info;
}

asio::awaitable<FileInfo> OpenOnPool(std::filesystem::path path, std::string etag,
                                     BlockingPool& pool) {
  auto open = [&path, &etag] { return OpenForReading(path, etag); };
  co_return co_await pool.Run(open);
}

// The response without its body: 200, or 304 where the client has the file already. Throws the 412.
Response StartResponse(const Request& request, const Validators& validators,
                       const FileOptions& options) {
  Response response;
  response.headers.Add("ETag", validators.etag);
  if (validators.last_modified) {
    response.headers.Add("Last-Modified", FormatHttpDate(*validators.last_modified));
  }
  if (!options.cache_control.empty()) response.headers.Add("Cache-Control", options.cache_control);
  switch (EvaluatePreconditions(request, validators)) {
    case Precondition::kFailed:
      throw HttpError(412, ErrorCode::kConflict,
                      "the file is not the one that the request expects");
    case Precondition::kNotModified:
      response.status = 304;
      return response;
    case Precondition::kProceed:
      break;
  }
  response.headers.Add("Content-Type", options.content_type);
  if (!options.download_name.empty()) {
    response.headers.Add("Content-Disposition",
                         ContentDisposition(options.download_name, options.inline_disposition));
  }
  return response;
}

void SetWhole(const FileInfo& info, Response& response) {
  response.body = FileBody{info.file, {FileSlice{"", 0, info.size_bytes}}};
}

void SetMultipleRanges(const FileInfo& info, const std::vector<ByteRange>& ranges,
                       Response& response) {
  std::random_device random;
  const std::string boundary = fmt::format("ranges-{:08x}{:08x}", random(), random());
  const std::string content_type(response.headers.Get("Content-Type").value_or(""));
  FileBody body{info.file, {}};
  for (const ByteRange& range : ranges) {
    body.slices.push_back(
        {fmt::format("\r\n--{}\r\nContent-Type: {}\r\nContent-Range: {}\r\n\r\n", boundary,
                     content_type, ContentRange(range, info.size_bytes)),
         range.first, range.length_bytes()});
  }
  body.slices.push_back({fmt::format("\r\n--{}--\r\n", boundary), 0, 0});
  response.headers.Set("Content-Type", "multipart/byteranges; boundary=" + boundary);
  response.body = std::move(body);
}

HttpError NoSuchRange(uint64_t size_bytes) {
  return HttpError(416, ErrorCode::kInvalidArgument, "no byte of the range exists",
                   {{"Content-Range", fmt::format("bytes */{}", size_bytes)}});
}

// Sets the body, and 206 where a range is asked for. Throws the 416.
void SetRangedBody(const Request& request, const FileInfo& info, Response& response) {
  response.headers.Add("Accept-Ranges", "bytes");
  const auto range_header = request.header("Range");
  if (!range_header || request.method() != Method::kGet ||
      !IfRangeHolds(request, info.validators)) {
    return SetWhole(info, response);
  }
  const RangeResult result = ParseRange(*range_header, info.size_bytes);
  if (result.kind == RangeResult::Kind::kIgnore) return SetWhole(info, response);
  if (result.kind == RangeResult::Kind::kUnsatisfiable) {
    throw NoSuchRange(info.size_bytes);
  }
  response.status = 206;
  if (result.ranges.size() > 1) return SetMultipleRanges(info, result.ranges, response);
  const ByteRange& range = result.ranges.front();
  response.headers.Add("Content-Range", ContentRange(range, info.size_bytes));
  response.body = FileBody{info.file, {FileSlice{"", range.first, range.length_bytes()}}};
}

// Each coding of a file is a representation of its own, so it needs its own etag.
std::string EtagOfVariant(std::string etag, std::string_view suffix) {
  if (etag.ends_with('"')) etag.insert(etag.size() - 1, suffix);
  return etag;
}

asio::awaitable<void> InflateTo(ResponseStream& stream, std::shared_ptr<const OpenFile> file,
                                BlockingPool& pool) {
  GzipReader reader;
  std::vector<std::byte> block(kReadBlockBytes);
  std::span<const std::byte> compressed;
  bool at_end = false;
  while (true) {
    auto inflate = [&] {
      if (compressed.empty() && !at_end) {
        const ssize_t count = ::read(file->fd(), block.data(), block.size());
        if (count < 0) throw Error(ErrorCode::kIo, "cannot read a compressed file");
        at_end = count == 0;
        compressed = std::span(block).first(static_cast<size_t>(count));
      }
      return reader.Inflate(compressed, kInflateBlockBytes);
    };
    const std::string text = co_await pool.Run(inflate);
    if (!text.empty()) co_await stream.Write(text);
    if (text.empty() && at_end) break;
  }
  if (!reader.finished()) throw Error(ErrorCode::kIo, "a compressed file is cut off");
}

// Sets 206 and gives the range if one is asked for, else the whole. Throws the 416.
ByteRange ChooseRange(const Request& request, uint64_t size_bytes, const Validators& validators,
                      Response& response) {
  response.headers.Add("Accept-Ranges", "bytes");
  const ByteRange whole{0, size_bytes - 1};
  const auto range_header = request.header("Range");
  if (!range_header || request.method() != Method::kGet || !IfRangeHolds(request, validators)) {
    return whole;
  }
  const RangeResult result = ParseRange(*range_header, size_bytes);
  if (result.kind == RangeResult::Kind::kUnsatisfiable) throw NoSuchRange(size_bytes);
  if (result.kind == RangeResult::Kind::kIgnore || result.ranges.size() > 1) return whole;
  response.status = 206;
  response.headers.Add("Content-Range", ContentRange(result.ranges.front(), size_bytes));
  return result.ranges.front();
}

asio::awaitable<void> Pump(ResponseStream& stream, std::shared_ptr<ByteSource::Reader> read,
                           BlockingPool& pool) {
  std::vector<std::byte> block(kSourceBlockBytes);
  auto fill = [&] { return (*read)(block); };
  while (const size_t count = co_await pool.Run(fill)) {
    co_await stream.Write({reinterpret_cast<const char*>(block.data()), count});
  }
}

}  // namespace

asio::awaitable<Response> ServeSource(const Request& request, ByteSource source,
                                      FileOptions options, BlockingPool& pool) {
  const Validators validators{options.etag, source.last_modified};
  Response response = StartResponse(request, validators, options);
  if (response.status != 200) co_return response;
  const ByteRange range = ChooseRange(request, source.size_bytes, validators, response);
  if (range.length_bytes() == 0) co_return response;
  StreamBody body;
  body.length_bytes = range.length_bytes();
  if (request.method() == Method::kGet) {
    auto open = [&] {
      return std::make_shared<ByteSource::Reader>(source.open(range.first, range.length_bytes()));
    };
    std::shared_ptr<ByteSource::Reader> read = co_await pool.Run(open);
    body.produce = [read, &pool](ResponseStream& stream) { return Pump(stream, read, pool); };
  }
  response.body = std::move(body);
  co_return response;
}

asio::awaitable<Response> ServeFile(const Request& request, std::filesystem::path path,
                                    FileOptions options, BlockingPool& pool) {
  const FileInfo info = co_await OpenOnPool(path, options.etag, pool);
  Response response = StartResponse(request, info.validators, options);
  if (response.status == 200) SetRangedBody(request, info, response);
  co_return response;
}

asio::awaitable<Response> ServeGzipFile(const Request& request, std::filesystem::path path,
                                        FileOptions options, BlockingPool& pool) {
  FileInfo info = co_await OpenOnPool(path, options.etag, pool);
  const bool compressed = AcceptsGzip(request.header_list("Accept-Encoding"));
  info.validators.etag = EtagOfVariant(info.validators.etag, compressed ? "-gzip" : "-identity");
  Response response = StartResponse(request, info.validators, options);
  response.headers.AddToList("Vary", "Accept-Encoding");
  if (response.status != 200) co_return response;
  if (compressed) {
    response.headers.Add("Content-Encoding", "gzip");
    SetRangedBody(request, info, response);
    co_return response;
  }
  StreamBody body;
  body.produce = [file = info.file, &pool](ResponseStream& stream) {
    return InflateTo(stream, file, pool);
  };
  response.body = std::move(body);
  co_return response;
}

}  // namespace stemscribe::http
