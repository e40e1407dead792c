#include "nn/manifest.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include "base/error.h"
#include "base/sha256.h"

namespace stemscribe::nn {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

constexpr int64_t kVersion = 2;

// A value of the document and where it stands, so that every complaint can say so.
class Node {
 public:
  Node(const json::value& value, std::string field) : value_(value), field_(std::move(field)) {}

  [[noreturn]] void Fail(const std::string& message) const {
    throw Error(ErrorCode::kInvalidArgument,
                "manifest.json: " + (field_.empty() ? "" : field_ + ": ") + message,
                {{field_, message}});
  }

  Node operator[](std::string_view key) const {
    if (!value_.is_object()) Fail("must be an object");
    const std::string field = field_.empty() ? std::string(key) : field_ + "." + std::string(key);
    const json::value* member = value_.get_object().if_contains(key);
    if (!member) Node(value_, field).Fail("is missing");
    return Node(*member, field);
  }

  std::vector<Node> Items() const {
    if (!value_.is_array() || value_.get_array().empty())
      Fail("must be a list with something in it");
    std::vector<Node> items;
    for (const json::value& item : value_.get_array()) {
      items.emplace_back(item, field_ + "[" + std::to_string(items.size()) + "]");
    }
    return items;
  }

  std::string Text() const {
    if (!value_.is_string() || value_.get_string().empty())
      Fail("must be a text that is not empty");
    return std::string(value_.get_string());
  }

  int64_t Number() const {
    if (!value_.is_int64()) Fail("must be a whole number");
    return value_.get_int64();
  }

  bool Flag() const {
    if (!value_.is_bool()) Fail("must be true or false");
    return value_.get_bool();
  }

 private:
  const json::value& value_;
  std::string field_;
};

std::string ReadSha256(const Node& node) {
  const std::string text = node.Text();
  const bool is_hex = text.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (text.size() != 64 || !is_hex) node.Fail("must be 64 lower-case hex digits");
  return text;
}

fs::path ReadFileName(const Node& node) {
  const fs::path name = node.Text();
  if (name != name.filename() || name.extension() != ".xml")
    node.Fail("must be the name of an .xml file in the folder of the manifest");
  return name;
}

int ReadRate(const Node& node) {
  const int64_t rate_hz = node.Number();
  if (rate_hz < 1 || rate_hz > 768'000) node.Fail("must be a sample rate in Hz");
  return static_cast<int>(rate_hz);
}

std::vector<std::string> ReadTensorNames(const Node& node) {
  std::vector<std::string> names;
  for (const Node& item : node.Items()) names.push_back(item["name"].Text());
  return names;
}

ModelEntry ReadEntry(const Node& node, const fs::path& dir) {
  ModelEntry entry;
  entry.name = node["name"].Text();
  entry.version = node["version"].Text();
  entry.task = node["task"].Text();
  entry.source = node["source"].Text();
  entry.licence = node["licence"].Text();
  entry.sha256 = ReadSha256(node["sha256"]);
  entry.weights_sha256 = ReadSha256(node["weights_sha256"]);
  entry.path = dir / ReadFileName(node["file"]);
  entry.rate_hz = ReadRate(node["rate_hz"]);
  entry.bf16_safe = node["bf16_safe"].Flag();
  entry.inputs = ReadTensorNames(node["inputs"]);
  entry.outputs = ReadTensorNames(node["outputs"]);
  return entry;
}

json::value ReadDocument(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  if (!file) {
    throw Error(ErrorCode::kIo, "cannot read " + path.string() + ": run `make models`");
  }
  boost::system::error_code fault;
  json::value document = json::parse(text, fault);
  if (fault) {
    throw Error(ErrorCode::kInvalidArgument, path.string() + " is not JSON: " + fault.message(),
                {{"manifest.json", fault.message()}});
  }
  return document;
}

// What is wrong with a file; empty if nothing is.
std::string VerifyFile(const fs::path& path, const std::string& sha256) {
  std::error_code fault;
  if (!fs::is_regular_file(path, fault)) return path.string() + " is missing: run `make models`";
  std::string actual;
  try {
    actual = Sha256HexOfFile(path);
  } catch (const Error& error) {
    return error.what();
  }
  if (actual == sha256) return "";
  return path.string() + " is damaged: its SHA-256 is " + actual + " instead of " + sha256 +
         ": run `make models`";
}

// share/stemscribe/models of an installation: <prefix>/bin/stemscribe has it at <prefix>/share/….
fs::path InstalledModelsDir() {
  std::error_code fault;
  const fs::path program = fs::read_symlink("/proc/self/exe", fault);
  return fault ? fs::path() : program.parent_path().parent_path() / "share/stemscribe/models";
}

}  // namespace

fs::path ModelEntry::weights_path() const { return fs::path(path).replace_extension(".bin"); }

Manifest Manifest::Load(const fs::path& dir) {
  const json::value document = ReadDocument(dir / "manifest.json");
  const Node root(document, "");
  const Node version = root["version"];
  if (version.Number() != kVersion) {
    version.Fail("must be " + std::to_string(kVersion) + ": run `make models`");
  }
  Manifest manifest;
  std::set<std::string> names;
  for (const Node& node : root["models"].Items()) {
    ModelEntry entry = ReadEntry(node, fs::absolute(dir));
    if (!names.insert(entry.name).second)
      node["name"].Fail("\"" + entry.name + "\" is there twice");
    manifest.entries_.push_back(std::move(entry));
  }
  return manifest;
}

const ModelEntry& Manifest::Find(std::string_view name) const {
  const auto entry = std::ranges::find(entries_, name, &ModelEntry::name);
  if (entry == entries_.end()) {
    throw Error(ErrorCode::kNotFound,
                "there is no model \"" + std::string(name) + "\": run `make models`");
  }
  return *entry;
}

std::string VerifyModel(const ModelEntry& entry) {
  const std::string fault = VerifyFile(entry.path, entry.sha256);
  return fault.empty() ? VerifyFile(entry.weights_path(), entry.weights_sha256) : fault;
}

fs::path FindModelsDir(const std::string& flag) {
  if (!flag.empty()) return flag;
  if (const char* variable = std::getenv("STEMSCRIBE_MODELS"); variable && *variable)
    return variable;
  std::error_code fault;
  if (fs::path installed = InstalledModelsDir(); fs::is_directory(installed, fault))
    return installed;
  return STEMSCRIBE_MODELS_DIR;
}

}  // namespace stemscribe::nn
