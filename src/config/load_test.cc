#include "config/load.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "base/error.h"
#include "base/test_folder.h"
#include "config/setting_table.h"

namespace stemscribe::config {
namespace {

std::optional<std::string> NoEnvironment(const std::string&) { return std::nullopt; }

TEST(LoadSettingsTest, DefaultsAreThePlans) {
  const Settings settings = LoadSettings({}, NoEnvironment, {});
  EXPECT_EQ(settings.server.host, "0.0.0.0");
  EXPECT_EQ(settings.server.port, 8000);
  EXPECT_EQ(settings.server.num_threads, 4);
  EXPECT_EQ(settings.storage.max_file_bytes, 100 << 20);
  EXPECT_EQ(settings.storage.retention_days, 7);
  EXPECT_EQ(settings.processing.max_concurrent_jobs, 3);
  EXPECT_TRUE(settings.processing.enable_gpu);
  EXPECT_EQ(settings.database.url, "sqlite:///./api.db");
  EXPECT_EQ(settings.log.level, "INFO");
  EXPECT_EQ(settings.log.file, "./logs/api.log");
}

TEST(LoadSettingsTest, FlagsWinOverEnvironmentAndThatOverDotEnv) {
  const auto environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "API_PORT") return "2";
    if (name == "API_WORKERS") return "2";
    return std::nullopt;
  };
  const Settings settings =
      LoadSettings({{"API_PORT", "1"}}, environment,
                   {{"API_PORT", "3"}, {"API_WORKERS", "3"}, {"MAX_CONCURRENT_JOBS", "3"}});
  EXPECT_EQ(settings.server.port, 1);
  EXPECT_EQ(settings.server.num_threads, 2);
  EXPECT_EQ(settings.processing.max_concurrent_jobs, 3);
}

TEST(LoadSettingsTest, EveryWrongValueIsNamedWithWhatItMayBe) {
  try {
    LoadSettings({{"API_PORT", "70000"},
                  {"ENABLE_GPU", "maybe"},
                  {"API_WORKERS", "2.5"},
                  {"CORS_ORIGINS", "http://a"},
                  {"LOG_LEVEL", "loud"},
                  {"DATABASE_URL", "oracle://x"}},
                 NoEnvironment, {});
    FAIL() << "no error";
  } catch (const Error& error) {
    ASSERT_EQ(error.details().size(), 6U);
    EXPECT_EQ(error.details()[0].field, "API_PORT");
    EXPECT_EQ(error.details()[0].message, "must be a whole number from 0 to 65535, not '70000'");
  }
}

TEST(LoadSettingsTest, EveryValueShownCanBeReadAgain) {
  const Settings settings = LoadSettings({{"STORAGE_LIMIT_GB", "12"},
                                          {"CORS_ORIGINS", R"(["https://a.example","*"])"},
                                          {"DRAIN_SEC", "0.5"}},
                                         NoEnvironment, {});
  for (const Setting& setting : SettingTable()) {
    Settings copy;
    EXPECT_TRUE(setting.read(setting.show(settings), copy)) << setting.name;
    EXPECT_EQ(setting.show(copy), setting.show(settings)) << setting.name;
  }
}

TEST(LoadSettingsTest, SecretsAreMasked) {
  Settings settings;
  settings.webhook.secret = "hunter2";
  const std::string text = ShowSettings(settings);
  EXPECT_EQ(text.find("hunter2"), std::string::npos);
  EXPECT_NE(text.find("WEBHOOK_SECRET=********"), std::string::npos);
}

TEST(LoadSettingsTest, ThePasswordInAUrlIsMasked) {
  const Settings settings = LoadSettings(
      {{"DATABASE_URL", "postgresql://us:hunter2@host/db"}, {"QUEUE_URL", "redis://:hunter2@host"}},
      NoEnvironment, {});
  const std::string text = ShowSettings(settings);
  EXPECT_EQ(text.find("hunter2"), std::string::npos);
  EXPECT_NE(text.find("DATABASE_URL=postgresql://us:********@host/db"), std::string::npos);
  for (const char* url :
       {"postgresql://us:hunt@er2@host/db", "postgresql://us@host/db?password=er2",
        "postgresql://us@host/db?sslmode=require&password=er2&application_name=x"}) {
    const std::string shown =
        ShowSettings(LoadSettings({{"DATABASE_URL", url}}, NoEnvironment, {}));
    EXPECT_EQ(shown.find("er2"), std::string::npos) << url;
    EXPECT_NE(shown.find("@host/db"), std::string::npos) << url;
  }
}

TEST(LoadSettingsTest, OriginsThatNoBrowserSendsAreRefused) {
  for (const char* origin :
       {"http://localhost:3000", "https://app.example.org", "http://[::1]:80"}) {
    const std::string list = "[\"" + std::string(origin) + "\"]";
    EXPECT_EQ(LoadSettings({{"CORS_ORIGINS", list}}, NoEnvironment, {}).server.cors_origins.front(),
              origin);
  }
  for (const char* origin : {"https://app.example.org/", "https://app.example.org/page", "https://",
                             "https://*.example.org", "https://App.example.org", "app://x", "null",
                             "https://a.example https://b.example", ""}) {
    const std::string list = "[\"" + std::string(origin) + "\"]";
    EXPECT_THROW(LoadSettings({{"CORS_ORIGINS", list}}, NoEnvironment, {}), Error) << origin;
  }
}

TEST(LoadSettingsTest, MixesThatWouldLoseWorkAreRefused) {
  for (const auto& [given, field] :
       {std::pair{TextByName{{"QUEUE_URL", "redis://host"}}, "QUEUE_URL"},
        std::pair{TextByName{{"DOWNLOADS", "redirect"}}, "DOWNLOADS"},
        std::pair{TextByName{{"DOWNLOADS", "nginx"}, {"STORAGE_URL", "s3://songs"}},
                  "DOWNLOADS"}}) {
    try {
      LoadSettings(given, NoEnvironment, {});
      ADD_FAILURE() << field;
    } catch (const Error& error) {
      ASSERT_EQ(error.details().size(), 1U);
      EXPECT_EQ(error.details()[0].field, field);
    }
  }
}

TEST(ReadDotEnvTest, ReadsCommentsQuotesAndExport) {
  const TestFolder folder;
  const auto path =
      folder.Write("env", "# comment\n\nA=1 # one\nexport B=\"two # 2\"\n C = 'three' \nD=\n");
  const TextByName values = ReadDotEnv(path);
  EXPECT_EQ(values, (TextByName{{"A", "1"}, {"B", "two # 2"}, {"C", "three"}, {"D", ""}}));
}

TEST(ExampleDotEnvTest, TheFileInTheRepositoryIsUpToDate) {
  std::ifstream file(STEMSCRIBE_SOURCE_DIR "/.env.example");
  std::stringstream text;
  text << file.rdbuf();
  EXPECT_EQ(text.str(), ExampleDotEnv()) << "write it anew: stemscribed config --example";
}

}  // namespace
}  // namespace stemscribe::config
