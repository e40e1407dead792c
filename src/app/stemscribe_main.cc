// stemscribe, the tool: songs in, stems, pitch, chords and tempo out.

#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "app/cli/commands.h"
#include "app/cli/exit_code.h"
#include "app/cli/heap.h"
#include "app/cli/usage.h"
#include "app/version.h"
#include "base/error.h"

namespace stemscribe::app {
namespace {

constexpr char kFooter[] =
    "Exit codes: 0 done, 2 wrong usage, 3 a file is no song that can be decoded, 4 processing "
    "failed,\n"
    "130 cancelled. Of several songs, each is tried; the highest code of any is given.\n\n"
    "Environment: STEMSCRIBE_MODELS, the folder of the models.";

int Main(int argc, char** argv) {
  GiveFreedMemoryBack();
  CLI::App parser("Music transcription: five stems, the singer's pitch, chords, tempo and beats",
                  "stemscribe");
  CommandContext context;
  parser.set_version_flag("--version", std::string("stemscribe ") + kVersion);
  parser.set_help_all_flag("--help-all", "The help of all commands");
  parser.add_option("--models", context.models_dir, "The folder of the models");
  parser
      .add_option("--sandbox", context.sandbox,
                  "Give up all that transcribe and probe do not need, against hostile files: off, "
                  "auto (what the kernel can), require (or fail)")
      ->check(CLI::IsMember({"off", "auto", "require"}))
      ->capture_default_str();
  parser.require_subcommand(1);
  parser.footer(kFooter);
  AddTranscribeCommand(parser, context);
  AddProbeCommand(parser, context);
  AddModelsCommand(parser, context);
  AddDoctorCommand(parser, context);
  try {
    parser.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return ExitOf(parser, error);
  }
  try {
    return context.run();
  } catch (const Error& error) {
    fmt::print(stderr, "stemscribe: {}\n", error.what());
    for (const FieldError& detail : error.details()) {
      fmt::print(stderr, "  {}: {}\n", detail.field, detail.message);
    }
    return ExitCodeFor(error.code());
  } catch (const std::exception& error) {
    fmt::print(stderr, "stemscribe: {}\n", error.what());
    return kExitFailed;
  }
}

}  // namespace
}  // namespace stemscribe::app

int main(int argc, char** argv) { return stemscribe::app::Main(argc, argv); }
