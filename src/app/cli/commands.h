// The commands of `stemscribe`. Each adds itself to the parser; the chosen one runs after parsing
// and gives the exit code.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

namespace stemscribe::app {

/// What all commands share.
struct CommandContext {
  std::string models_dir;       // --models; empty: found by itself
  std::string sandbox = "off";  // --sandbox; confine.h
  std::function<int()> run;     // set by the command that was chosen
};

void AddTranscribeCommand(CLI::App& parser, CommandContext& context);
void AddProbeCommand(CLI::App& parser, CommandContext& context);
void AddModelsCommand(CLI::App& parser, CommandContext& context);
void AddDoctorCommand(CLI::App& parser, CommandContext& context);

}  // namespace stemscribe::app
