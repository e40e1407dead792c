// The examples of the Amazon S3 API reference: "Signature Calculations for the Authorization
// Header" and "Authenticating Requests: Using Query Parameters".
#include "storage/s3/sigv4.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace stemscribe::storage {
namespace {

constexpr char kEmptyHash[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr char kHost[] = "examplebucket.s3.amazonaws.com";

const Signer kSigner{
    .credentials = {.access_key_id = "AKIAIOSFODNN7EXAMPLE",
                    .secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
                    .session_token = ""},
    .region = "us-east-1"};
const jobs::TimePoint kNow{std::chrono::seconds(1369353600)};  // 2013-05-24 00:00:00 UTC

std::string AuthorizationOf(const RequestToSign& request, const std::string& payload_hash) {
  for (const auto& [name, value] : SignHeaders(kSigner, request, payload_hash, kNow)) {
    if (name == "Authorization") return value;
  }
  return "";
}

TEST(SigV4Test, GetObjectWithARange) {
  EXPECT_EQ(AuthorizationOf({"GET", kHost, "/test.txt", {}, {{"Range", "bytes=0-9"}}}, kEmptyHash),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(SigV4Test, PutObjectWithANameThatMustBeEncoded) {
  const std::string body_hash = Sha256Hex("Welcome to Amazon S3.");
  EXPECT_TRUE(AuthorizationOf({"PUT",
                               kHost,
                               "/test$file.text",
                               {},
                               {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                                {"x-amz-storage-class", "REDUCED_REDUNDANCY"}}},
                              body_hash)
                  .ends_with("SignedHeaders=date;host;x-amz-content-sha256;x-amz-date;"
                             "x-amz-storage-class,Signature="
                             "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
}

TEST(SigV4Test, QueriesWithAndWithoutValues) {
  EXPECT_TRUE(AuthorizationOf({"GET", kHost, "/", {{"lifecycle", ""}}, {}}, kEmptyHash)
                  .ends_with("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
  EXPECT_TRUE(
      AuthorizationOf({"GET", kHost, "/", {{"prefix", "J"}, {"max-keys", "2"}}, {}}, kEmptyHash)
          .ends_with("34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

TEST(SigV4Test, APresignedUrl) {
  EXPECT_EQ(
      PresignQuery(kSigner, {"GET", kHost, "/test.txt", {}, {}}, std::chrono::hours(24), kNow),
      "X-Amz-Algorithm=AWS4-HMAC-SHA256"
      "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
      "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
      "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST(SigV4Test, ASessionTokenIsSignedAndSent) {
  Signer signer = kSigner;
  signer.credentials.session_token = "to/ken";
  const NameValues headers = SignHeaders(signer, {"GET", kHost, "/x", {}, {}}, kEmptyHash, kNow);
  EXPECT_NE(std::find(headers.begin(), headers.end(),
                      std::pair<std::string, std::string>("x-amz-security-token", "to/ken")),
            headers.end());
  EXPECT_NE(headers.back().second.find(";x-amz-date;x-amz-security-token,"), std::string::npos);
  const std::string query =
      PresignQuery(signer, {"GET", kHost, "/x", {}, {}}, std::chrono::hours(1), kNow);
  EXPECT_NE(query.find("&X-Amz-Security-Token=to%2Fken&"), std::string::npos);
}

TEST(SigV4Test, EncodingIsOfBytes) {
  EXPECT_EQ(UriEncode("a b/ü~+", true), "a%20b/%C3%BC~%2B");
  EXPECT_EQ(UriEncode("a/b", false), "a%2Fb");
  EXPECT_EQ(EncodeQuery({{"b", "1"}, {"a", "x y"}, {"a-b", ""}}), "a=x%20y&a-b=&b=1");
}

}  // namespace
}  // namespace stemscribe::storage
