#include "nn/manifest.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "base/error.h"
#include "base/test_folder.h"

namespace stemscribe::nn {
namespace {

namespace fs = std::filesystem;

constexpr char kSha256OfAbc[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

// A manifest with one model, whose files contain "abc".
std::string GoodManifest() {
  return std::string(R"({"version": 2, "models": [{"name": "net", "version": "1.2", "task": "pitch",
    "source": "package 1.2", "licence": "MIT", "file": "net.xml", "sha256": ")") +
         kSha256OfAbc + R"(", "weights_sha256": ")" + kSha256OfAbc +
         R"(", "rate_hz": 16000, "bf16_safe": true,
    "inputs": [{"name": "mel", "shape": [1, "frames", 128]}], "outputs": [{"name": "salience"}]}]})";
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t position = text.find(from);
  EXPECT_NE(position, std::string::npos) << from;
  return text.replace(position, from.size(), to);
}

class ManifestTest : public testing::Test {
 protected:
  void Write(const std::string& file, const std::string& text) {
    std::ofstream(dir_ / file) << text;
  }

  // The error of loading `text`.
  Error LoadError(const std::string& text) {
    Write("manifest.json", text);
    try {
      Manifest::Load(dir_);
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "no error for " << text;
    return Error(ErrorCode::kInternal, "none");
  }

  const TestFolder folder_;
  const fs::path dir_ = folder_.path();
};

TEST_F(ManifestTest, ReadsEveryField) {
  Write("manifest.json", GoodManifest());
  const Manifest manifest = Manifest::Load(dir_);
  ASSERT_EQ(manifest.entries().size(), 1u);
  const ModelEntry& entry = manifest.Find("net");
  EXPECT_EQ(entry.name, "net");
  EXPECT_EQ(entry.version, "1.2");
  EXPECT_EQ(entry.task, "pitch");
  EXPECT_EQ(entry.source, "package 1.2");
  EXPECT_EQ(entry.licence, "MIT");
  EXPECT_EQ(entry.sha256, kSha256OfAbc);
  EXPECT_EQ(entry.path, fs::absolute(dir_) / "net.xml");
  EXPECT_EQ(entry.rate_hz, 16000);
  EXPECT_TRUE(entry.bf16_safe);
  EXPECT_EQ(entry.inputs, std::vector<std::string>{"mel"});
  EXPECT_EQ(entry.outputs, std::vector<std::string>{"salience"});
}

TEST_F(ManifestTest, NamesTheWrongField) {
  struct Fault {
    std::string from, to, field;
  };
  const Fault faults[] = {
      {R"("version": 2,)", R"("version": 1,)", "version"},
      {R"("version": 2,)", "", "version"},
      {R"("models": [)", R"("models": [7, )", "models[0]"},
      {R"("name": "net", )", "", "models[0].name"},
      {R"("name": "net")", R"("name": "")", "models[0].name"},
      {R"("task": "pitch")", R"("task": 3)", "models[0].task"},
      {R"("licence": "MIT", )", "", "models[0].licence"},
      {R"("net.xml")", R"("../net.xml")", "models[0].file"},
      {R"("net.xml")", R"("/etc/net.xml")", "models[0].file"},
      {R"("net.xml")", R"("net.onnx")", "models[0].file"},
      {R"("ba78)", R"("BA78)", "models[0].sha256"},
      {R"("ba78)", R"("78)", "models[0].sha256"},
      {"16000", "16000.5", "models[0].rate_hz"},
      {"16000", "0", "models[0].rate_hz"},
      {R"("bf16_safe": true)", R"("bf16_safe": "yes")", "models[0].bf16_safe"},
      {R"([{"name": "salience"}])", "[]", "models[0].outputs"},
      {R"([{"name": "salience"}])", R"([{}])", "models[0].outputs[0].name"},
      {R"([{"name": "salience"}])", R"({})", "models[0].outputs"},
  };
  for (const Fault& fault : faults) {
    const Error error = LoadError(Replaced(GoodManifest(), fault.from, fault.to));
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument) << fault.to;
    ASSERT_EQ(error.details().size(), 1u) << fault.to;
    EXPECT_EQ(error.details()[0].field, fault.field) << fault.from << " to " << fault.to;
    EXPECT_NE(std::string(error.what()).find(fault.field), std::string::npos) << error.what();
  }
}

TEST_F(ManifestTest, RefusesTwoModelsOfOneName) {
  const std::string entry = GoodManifest().substr(GoodManifest().find(R"({"name")"));
  const std::string model = entry.substr(0, entry.rfind("]}"));
  const Error error = LoadError(R"({"version": 2, "models": [)" + model + "," + model + "]}");
  ASSERT_EQ(error.details().size(), 1u);
  EXPECT_EQ(error.details()[0].field, "models[1].name");
}

TEST_F(ManifestTest, RefusesWhatIsNoObjectOrNoJson) {
  EXPECT_EQ(LoadError("[]").code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(LoadError("{\"version\": 1").code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(LoadError("").code(), ErrorCode::kInvalidArgument);
}

TEST_F(ManifestTest, SaysHowToGetAManifestThatIsMissing) {
  try {
    Manifest::Load(dir_);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kIo);
    EXPECT_NE(std::string(error.what()).find("make models"), std::string::npos);
  }
}

TEST_F(ManifestTest, FindOfAnUnknownModelIsNotFound) {
  Write("manifest.json", GoodManifest());
  const Manifest manifest = Manifest::Load(dir_);
  try {
    manifest.Find("nett");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kNotFound);
  }
}

TEST_F(ManifestTest, VerifyTellsMissingDamagedAndGoodFilesApart) {
  Write("manifest.json", GoodManifest());
  const Manifest manifest = Manifest::Load(dir_);
  const ModelEntry& entry = manifest.Find("net");
  EXPECT_NE(VerifyModel(entry).find("missing"), std::string::npos);
  Write("net.xml", "abd");
  EXPECT_NE(VerifyModel(entry).find("net.xml is damaged"), std::string::npos);
  Write("net.xml", "abc");
  EXPECT_NE(VerifyModel(entry).find("net.bin is missing"), std::string::npos);
  Write("net.bin", "abd");
  EXPECT_NE(VerifyModel(entry).find("net.bin is damaged"), std::string::npos);
  Write("net.bin", "abc");
  EXPECT_EQ(VerifyModel(entry), "");
}

TEST(RealManifestTest, HoldsEveryModelUndamaged) {
  const Manifest manifest = Manifest::Load(FindModelsDir());
  EXPECT_EQ(manifest.entries().size(), 11U);
  for (const ModelEntry& entry : manifest.entries()) EXPECT_EQ(VerifyModel(entry), "");
}

TEST(FindModelsDirTest, TheFlagComesBeforeTheEnvironmentBeforeTheBuild) {
  const char* variable = std::getenv("STEMSCRIBE_MODELS");
  const std::string saved = variable ? variable : "";
  setenv("STEMSCRIBE_MODELS", "/from/environment", 1);
  EXPECT_EQ(FindModelsDir("/from/flag"), "/from/flag");
  EXPECT_EQ(FindModelsDir(), "/from/environment");
  unsetenv("STEMSCRIBE_MODELS");
  const fs::path built_in = FindModelsDir();
  EXPECT_FALSE(built_in.empty());
  EXPECT_NE(built_in, "/from/environment");
  if (variable) setenv("STEMSCRIBE_MODELS", saved.c_str(), 1);
}

}  // namespace
}  // namespace stemscribe::nn
