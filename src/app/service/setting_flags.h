// Every setting of the service as a command-line flag.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "config/load.h"
#include "config/settings.h"

namespace stemscribe::app {

/// The flags that were given, and where else settings are.
struct SettingFlags {
  config::TextByName given;
  std::string dot_env = ".env";
};

/// Adds --api-port and its like, and --env-file, to `command`. Values land in `flags` after
/// parsing.
void AddSettingFlags(CLI::App& command, const std::shared_ptr<SettingFlags>& flags);

/// Flags, environment, .env. Throws Error{kInvalidArgument} naming every wrong value.
config::Settings Load(const SettingFlags& flags);

}  // namespace stemscribe::app
