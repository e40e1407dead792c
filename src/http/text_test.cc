// The small pure functions: headers, URLs, file names, content codings.
#include <brotli/decode.h>
#include <gtest/gtest.h>

#include <map>

#include "base/error.h"
#include "http/compression.h"
#include "http/content_disposition.h"
#include "http/headers.h"
#include "http/url.h"

namespace stemscribe::http {
namespace {

TEST(HeadersTest, ComparesNamesWithoutCase) {
  Headers headers = {{"Content-Type", "a"}, {"X", "1"}, {"x", "2"}};
  EXPECT_EQ(headers.Get("content-TYPE"), "a");
  headers.Set("X", "3");
  EXPECT_EQ(headers.size(), 2u);
  EXPECT_EQ(headers.Get("x"), "3");
  headers.Remove("CONTENT-type");
  EXPECT_FALSE(headers.Has("Content-Type"));
  headers.AddToList("Vary", "Origin");
  headers.AddToList("Vary", "Accept-Encoding");
  headers.AddToList("vary", "origin");
  EXPECT_EQ(headers.Get("Vary"), "Origin, Accept-Encoding");
}

TEST(HeadersTest, NoValueCanSplitAResponse) {
  Headers headers;
  headers.Set("Location", "/a\r\nSet-Cookie: b");
  EXPECT_EQ(headers.Get("Location"), "/a  Set-Cookie: b");
}

TEST(UrlTest, DecodesAndEncodes) {
  EXPECT_EQ(PercentDecode("a%20b+c%C3%a4"), "a b+c\xC3\xA4");
  EXPECT_EQ(PercentDecode("a+b", true), "a b");
  for (const char* bad : {"%", "%4", "%zz", "a%2"}) EXPECT_FALSE(PercentDecode(bad)) << bad;
  EXPECT_EQ(PercentEncode("a b/\xC3\xA4~"), "a%20b%2F%C3%A4~");
}

TEST(UrlTest, ParsesQueries) {
  const QueryParams query = QueryParams::Parse("a=1&b=two+words&&c&a=2&d=%26%3D&=e");
  EXPECT_EQ(query.Get("a"), "2");
  EXPECT_EQ(query.GetAll("a"), (std::vector<std::string_view>{"1", "2"}));
  EXPECT_EQ(query.Get("b"), "two words");
  EXPECT_EQ(query.Get("c"), "");
  EXPECT_EQ(query.Get("d"), "&=");
  EXPECT_FALSE(query.Has("e"));
  EXPECT_THROW(QueryParams::Parse("a=%"), Error);
}

TEST(UrlTest, ReadsTypedParameters) {
  const QueryParams query =
      QueryParams::Parse("n=5&neg=-3&x=1.5&yes=True&no=0&bad=5x&inf=inf&empty=");
  EXPECT_EQ(query.GetInteger("n", 1, 10), 5);
  EXPECT_EQ(query.GetInteger("neg", -5, 10), -3);
  EXPECT_EQ(query.GetInteger("none", 1, 10), std::nullopt);
  EXPECT_EQ(query.GetNumber("x", 0, 10), 1.5);
  EXPECT_EQ(query.GetBool("yes"), true);
  EXPECT_EQ(query.GetBool("no"), false);
  EXPECT_THROW(query.GetInteger("n", 6, 10), Error);
  EXPECT_THROW(query.GetInteger("x", 0, 10), Error);
  EXPECT_THROW(query.GetInteger("empty", 0, 10), Error);
  EXPECT_THROW(query.GetNumber("inf", 0, 10), Error);
  EXPECT_THROW(query.GetBool("n"), Error);
  try {
    query.GetInteger("bad", 0, 10);
    FAIL();
  } catch (const Error& error) {
    ASSERT_EQ(error.details().size(), 1u);
    EXPECT_EQ(error.details()[0].field, "bad");
  }
}

TEST(ContentDispositionTest, Writes) {
  EXPECT_EQ(ContentDisposition("song.mp3"), "attachment; filename=\"song.mp3\"");
  EXPECT_EQ(ContentDisposition("a\"b/../c\\d\n.mp3", true), "inline; filename=\"a_b_.._c_d_.mp3\"");
  EXPECT_EQ(ContentDisposition("\xE2\x82\xAC.mp3"),
            "attachment; filename=\"_.mp3\"; filename*=UTF-8''%E2%82%AC.mp3");
  EXPECT_EQ(ContentDisposition("50%.mp3"),
            "attachment; filename=\"50%.mp3\"; filename*=UTF-8''50%25.mp3");
}

TEST(ContentDispositionTest, ReadsParameters) {
  const std::string value =
      R"(form-data; name = "a \"b\" \\ c" ;filename=C:\x.mp3; x*=utf-8'en'%e2%82%ac; flag; y="C:\s.mp3")";
  EXPECT_EQ(HeaderParameter(value, "name"), "a \"b\" \\ c");
  EXPECT_EQ(HeaderParameter(value, "FILENAME"), "C:\\x.mp3");
  EXPECT_EQ(HeaderParameter(value, "x*"), "\xE2\x82\xAC");
  EXPECT_EQ(HeaderParameter(value, "y"), "C:\\s.mp3");
  EXPECT_FALSE(HeaderParameter(value, "none"));
  EXPECT_FALSE(HeaderParameter("a; b*=latin1''x", "b*"));
  EXPECT_FALSE(HeaderParameter("a; b=\"open", "b"));
  EXPECT_EQ(HeaderParameter("a; c=\"; b=wrong\"; b=right", "b"), "right");
}

TEST(CompressionTest, NegotiatesGzip) {
  for (const char* yes : {"gzip", "GZIP", "br, gzip;q=0.1", "*", "gzip;q=1.0, identity;q=0.5",
                          "x-gzip", "deflate, *;q=0.5"}) {
    EXPECT_TRUE(AcceptsGzip(yes)) << yes;
  }
  for (const char* no :
       {"", "identity", "br", "gzip;q=0", "*;q=0", "gzip;q=0.1, identity;q=0.5", "gzip;q=0, *"}) {
    EXPECT_FALSE(AcceptsGzip(no)) << no;
  }
  EXPECT_FALSE(AcceptsGzip(std::nullopt));
  EXPECT_TRUE(AcceptsIdentity("gzip"));
  EXPECT_FALSE(AcceptsIdentity("gzip, identity;q=0"));
  EXPECT_FALSE(AcceptsIdentity("gzip, *;q=0"));
}

TEST(CompressionTest, ChoosesTheCodingOfMostWeight) {
  const std::map<std::string, std::string> cases = {{"gzip, deflate, br", "br"},
                                                    {"gzip;q=1, br;q=0.9", "gzip"},
                                                    {"br;q=0.5, gzip;q=0.5", "br"},
                                                    {"*", "br"},
                                                    {"br;q=0, *", "gzip"},
                                                    {"gzip", "gzip"},
                                                    {"BR", "br"},
                                                    {"zstd", ""},
                                                    {"", ""},
                                                    {"*;q=0", ""},
                                                    {"br;q=0.2, identity", ""},
                                                    {"br;q=0, gzip;q=0", ""},
                                                    {"identity;q=0, br;q=0.1", "br"}};
  for (const auto& [accept, chosen] : cases) {
    EXPECT_EQ(CodingName(ChooseCoding(accept)), chosen) << accept;
  }
  EXPECT_EQ(ChooseCoding(std::nullopt), Coding::kIdentity);
}

TEST(CompressionTest, BrotliGivesTheSameBack) {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += std::to_string(i);
  for (const std::string& plain : {text, std::string(), std::string("a")}) {
    const std::string packed = Encode(Coding::kBrotli, plain);
    std::string unpacked(plain.size() + 1, '?');
    size_t size = unpacked.size();
    ASSERT_EQ(
        BrotliDecoderDecompress(packed.size(), reinterpret_cast<const uint8_t*>(packed.data()),
                                &size, reinterpret_cast<uint8_t*>(unpacked.data())),
        BROTLI_DECODER_RESULT_SUCCESS);
    unpacked.resize(size);
    EXPECT_EQ(unpacked, plain);
  }
  EXPECT_LT(Encode(Coding::kBrotli, text).size(), text.size() / 2);
}

TEST(CompressionTest, KnowsWhatGetsSmaller) {
  for (const char* yes :
       {"application/json", "text/html; charset=utf-8", "image/svg+xml", "Application/JSON"}) {
    EXPECT_TRUE(IsCompressible(yes)) << yes;
  }
  for (const char* no : {"audio/mpeg", "text/event-stream", "application/zip", ""}) {
    EXPECT_FALSE(IsCompressible(no)) << no;
  }
}

TEST(CompressionTest, ReadsInPiecesAndSeveralMembers) {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += std::to_string(i);
  const std::string packed = Gzip(text) + Gzip("the end");
  GzipReader reader;
  std::string unpacked;
  for (size_t at = 0; at < packed.size(); at += 777) {
    auto in =
        std::as_bytes(std::span(packed).subspan(at, std::min<size_t>(777, packed.size() - at)));
    while (true) {
      const std::string piece = reader.Inflate(in, 1000);
      if (piece.empty()) break;
      unpacked += piece;
    }
    EXPECT_TRUE(in.empty());
  }
  EXPECT_TRUE(reader.finished());
  EXPECT_EQ(unpacked, text + "the end");
}

TEST(CompressionTest, RefusesCorruptData) {
  GzipReader reader;
  const std::string rubbish = "this is not gzip at all";
  auto in = std::as_bytes(std::span(rubbish));
  EXPECT_THROW(reader.Inflate(in, 100), Error);
}

}  // namespace
}  // namespace stemscribe::http
