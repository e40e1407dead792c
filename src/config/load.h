// Settings from flags, environment and .env, in this order of precedence; and back to text.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "config/settings.h"

namespace stemscribe::config {

using TextByName = std::map<std::string, std::string>;

/// Where a variable comes from: std::getenv in the program, a map in tests.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

/// Throws Error{kInvalidArgument} with one detail for each wrong value: the variable's name and
/// what it may be.
Settings LoadSettings(const TextByName& flags, const Environment& environment,
                      const TextByName& dot_env);

/// Reads KEY=VALUE lines; # comments, `export `, single and double quotes as shells have them.
/// A file that is not there is empty. Throws Error{kInvalidArgument} naming the line that is
/// neither.
TextByName ReadDotEnv(const std::filesystem::path& file);

/// All settings as NAME=value lines, by section. Secrets are masked unless they are empty.
std::string ShowSettings(const Settings& settings);

/// The commented .env.example, made from the table and the defaults.
std::string ExampleDotEnv();

/// docs/SETTINGS.md, made the same way: a table for each section.
std::string SettingsMarkdown();

}  // namespace stemscribe::config
