#include "storage/s3/s3_settings.h"

#include <gtest/gtest.h>

#include <map>

#include "base/error.h"

namespace stemscribe::storage {
namespace {

using Variables = std::map<std::string, std::string>;

const Variables kKeys = {{"AWS_ACCESS_KEY_ID", "id"}, {"AWS_SECRET_ACCESS_KEY", "secret"}};

S3Settings SettingsFrom(const std::string& url, Variables variables = kKeys) {
  return S3SettingsFrom(url, [&](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  });
}

std::string WrongFieldOf(const std::string& url, const Variables& variables = kKeys) {
  try {
    SettingsFrom(url, variables);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    return error.details().at(0).field;
  }
  return "";
}

TEST(S3SettingsTest, AwsIsTheDefault) {
  const S3Settings settings = SettingsFrom("s3://songs");
  EXPECT_EQ(settings.bucket, "songs");
  EXPECT_EQ(settings.prefix, "");
  const S3Address address = AddressOf(settings, false);
  EXPECT_EQ(address.base, "https://songs.s3.us-east-1.amazonaws.com");
  EXPECT_EQ(address.host, "songs.s3.us-east-1.amazonaws.com");
  EXPECT_EQ(address.path, "");
}

TEST(S3SettingsTest, TheUrlWinsOverVariables) {
  Variables variables = kKeys;
  variables["AWS_REGION"] = "eu-west-1";
  variables["AWS_ENDPOINT_URL"] = "https://other:9000/";
  variables["AWS_SESSION_TOKEN"] = "token";
  const S3Settings from_variables = SettingsFrom("s3://songs/a/b/", variables);
  EXPECT_EQ(from_variables.prefix, "a/b");
  EXPECT_EQ(from_variables.endpoint, "https://other:9000");
  EXPECT_EQ(from_variables.signer.region, "eu-west-1");
  EXPECT_EQ(from_variables.signer.credentials.session_token, "token");
  const S3Settings settings = SettingsFrom(
      "s3://songs?endpoint=http%3A%2F%2F127.0.0.1%3A7070&region=x"
      "&public_endpoint=https://files.example.org:443",
      variables);
  EXPECT_EQ(settings.endpoint, "http://127.0.0.1:7070");
  EXPECT_EQ(settings.signer.region, "x");
  EXPECT_EQ(AddressOf(settings, false).host, "127.0.0.1:7070");
  EXPECT_EQ(AddressOf(settings, false).path, "/songs");
  EXPECT_EQ(AddressOf(settings, true).host, "files.example.org") << "443 is usual for https";
}

TEST(S3SettingsTest, WhatIsWrongIsNamed) {
  EXPECT_EQ(WrongFieldOf("s3://songs"), "");
  EXPECT_EQ(WrongFieldOf("s3:///prefix"), "STORAGE_URL");
  EXPECT_EQ(WrongFieldOf("http://songs"), "STORAGE_URL");
  EXPECT_EQ(WrongFieldOf("s3://songs?endpoint=localhost:9000"), "STORAGE_URL");
  EXPECT_EQ(WrongFieldOf("s3://songs?endpoint=http://localhost/path"), "STORAGE_URL");
  EXPECT_EQ(WrongFieldOf("s3://songs?colour=red"), "STORAGE_URL");
  EXPECT_EQ(WrongFieldOf("s3://songs", {{"AWS_ACCESS_KEY_ID", "id"}}), "AWS_SECRET_ACCESS_KEY");
  EXPECT_EQ(WrongFieldOf("s3://songs", {}), "AWS_ACCESS_KEY_ID");
}

}  // namespace
}  // namespace stemscribe::storage
