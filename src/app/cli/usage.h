// What is said of a command line that cannot be run.
#pragma once

#include <CLI/CLI.hpp>

namespace stemscribe::app {

/// Prints the help or version that was asked for, or what is wrong with the command line; returns
/// the exit code. A mistyped command is named: CLI11 would only say that a subcommand is required.
int ExitOf(const CLI::App& parser, const CLI::ParseError& error);

}  // namespace stemscribe::app
