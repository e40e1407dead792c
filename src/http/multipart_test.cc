#include "http/multipart.h"

#include <gtest/gtest.h>

#include <vector>

#include "http/http_error.h"

namespace stemscribe::http {
namespace {

struct Part {
  PartInfo info;
  std::string data;
  bool ended = false;
};

class Collector {
 public:
  explicit Collector(std::string_view boundary, MultipartLimits limits = {})
      : parser_(boundary, limits,
                {[this](const PartInfo& info) { parts.push_back({info, "", false}); },
                 [this](std::span<const std::byte> data) {
                   parts.back().data.append(reinterpret_cast<const char*>(data.data()),
                                            data.size());
                 },
                 [this] { parts.back().ended = true; }}) {}

  void Push(std::string_view text) { parser_.Push(std::as_bytes(std::span(text))); }
  void Finish() { parser_.Finish(); }

  std::vector<Part> parts;

 private:
  MultipartParser parser_;
};

const char kBody[] =
    "preamble --XX \r\n"
    "--XX\r\n"
    "Content-Disposition: form-data; name=\"stages\"\r\n"
    "\r\n"
    "all\r\n"
    "--XX  \r\n"
    "content-type: audio/mpeg\r\n"
    "Content-Disposition: form-data; name=file; filename=\"a \\\"b\\\".mp3\"; "
    "filename*=UTF-8''%C3%A4.mp3\r\n"
    "\r\n"
    "\r\n--X\r\n\r--XX\r\n--X\r\r\n--Xx almost\r\n"
    "\r\n"
    "--XX\r\n"
    "Content-Disposition: form-data; name=\"empty\"\r\n"
    "\r\n"
    "\r\n--XX--\r\nepilogue --XX\r\n";

void ExpectParts(const std::vector<Part>& parts) {
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[0].info.name, "stages");
  EXPECT_FALSE(parts[0].info.filename);
  EXPECT_EQ(parts[0].data, "all");
  EXPECT_EQ(parts[1].info.name, "file");
  EXPECT_EQ(parts[1].info.filename, "\xC3\xA4.mp3");
  EXPECT_EQ(parts[1].info.content_type, "audio/mpeg");
  EXPECT_EQ(parts[1].data, "\r\n--X\r\n\r--XX\r\n--X\r\r\n--Xx almost\r\n");
  EXPECT_EQ(parts[2].data, "");
  for (const Part& part : parts) EXPECT_TRUE(part.ended);
}

TEST(MultipartTest, ParsesAtEverySplit) {
  const std::string_view body = kBody;
  for (size_t split = 0; split <= body.size(); ++split) {
    Collector collector("XX");
    collector.Push(body.substr(0, split));
    collector.Push(body.substr(split));
    collector.Finish();
    ExpectParts(collector.parts);
  }
}

TEST(MultipartTest, ParsesInPiecesOfEverySize) {
  const std::string_view body = kBody;
  for (size_t size = 1; size <= body.size(); ++size) {
    Collector collector("XX");
    for (size_t at = 0; at < body.size(); at += size) collector.Push(body.substr(at, size));
    collector.Finish();
    ExpectParts(collector.parts);
  }
}

TEST(MultipartTest, AnyPrefixIsUnfinished) {
  const std::string_view body = kBody;
  const size_t end = body.find("--XX--") + 6;
  for (size_t size = 0; size < end; ++size) {
    Collector collector("XX");
    collector.Push(body.substr(0, size));
    EXPECT_THROW(collector.Finish(), HttpError) << size;
  }
}

std::string OnePart(std::string_view headers) {
  return "--XX\r\n" + std::string(headers) + "\r\n\r\ndata\r\n--XX--";
}

TEST(MultipartTest, RefusesMalformedParts) {
  for (const char* headers :
       {"Content-Type: a/b", "Content-Disposition: attachment; name=a",
        "Content-Disposition: form-data", "Content-Disposition: form-data; filename=a", "nonsense",
        ": empty name", "Content-Disposition: form-data; name=\"open"}) {
    Collector collector("XX");
    EXPECT_THROW(collector.Push(OnePart(headers)), HttpError) << headers;
  }
  Collector no_headers("XX");
  EXPECT_THROW(no_headers.Push("--XX\r\n\r\n\r\ndata\r\n--XX--"), HttpError);
  Collector garbage("XX");
  EXPECT_THROW(garbage.Push("--XXgarbage\r\n"), HttpError);
}

TEST(MultipartTest, HasLimits) {
  Collector many("XX", {2, 1000});
  const std::string part = "--XX\r\nContent-Disposition: form-data; name=a\r\n\r\nb\r\n";
  many.Push(part + part);
  EXPECT_THROW(many.Push(part), HttpError);
  Collector long_headers("XX", {2, 100});
  EXPECT_THROW(long_headers.Push("--XX\r\nA: " + std::string(200, 'a')), HttpError);
  Collector endless_padding("XX");
  EXPECT_THROW(endless_padding.Push("--XX" + std::string(1000, ' ')), HttpError);
}

TEST(MultipartTest, IsLinearOnHostileData) {
  Collector collector(std::string(70, '-'));
  collector.Push("--" + std::string(70, '-') +
                 "\r\nContent-Disposition: form-data; name=a\r\n\r\n");
  std::string hostile;
  for (int i = 0; i < 100'000; ++i) hostile += "\r\n----------";
  for (int i = 0; i < 20; ++i) collector.Push(hostile);
  collector.Push("\r\n--" + std::string(70, '-') + "--");
  collector.Finish();
  EXPECT_EQ(collector.parts[0].data.size(), hostile.size() * 20);
}

TEST(MultipartTest, FindsTheBoundary) {
  EXPECT_EQ(MultipartBoundary("multipart/form-data; boundary=abc"), "abc");
  EXPECT_EQ(MultipartBoundary("Multipart/Form-Data; charset=utf-8; Boundary=\"a b:c\""), "a b:c");
  for (const char* bad : {"multipart/form-data",
                          "multipart/form-data; boundary=", "multipart/form-data; boundary=\"a \"",
                          "multipart/form-data; boundary=a\x80"}) {
    EXPECT_THROW(MultipartBoundary(bad), HttpError) << bad;
  }
  EXPECT_THROW(MultipartBoundary("multipart/form-data; boundary=" + std::string(71, 'a')),
               HttpError);
  try {
    MultipartBoundary("application/json");
    FAIL();
  } catch (const HttpError& error) {
    EXPECT_EQ(error.status(), 415);
  }
}

}  // namespace
}  // namespace stemscribe::http
