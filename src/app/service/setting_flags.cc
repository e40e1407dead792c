#include "app/service/setting_flags.h"

#include <algorithm>
#include <cstdlib>

#include "config/setting_table.h"

namespace stemscribe::app {
namespace {

/// "API_PORT" → "--api-port"
std::string FlagName(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
    return c == '_' ? '-' : static_cast<char>(std::tolower(c));
  });
  return "--" + name;
}

std::optional<std::string> FromEnvironment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::make_optional<std::string>(value);
}

}  // namespace

void AddSettingFlags(CLI::App& command, const std::shared_ptr<SettingFlags>& flags) {
  for (const config::Setting& setting : config::SettingTable()) {
    command
        .add_option_function<std::string>(
            FlagName(setting.name),
            [flags, name = setting.name](const std::string& text) { flags->given[name] = text; },
            setting.help + " " + setting.name)
        ->group(setting.section)
        ->type_name("");
  }
  command.add_option("--env-file", flags->dot_env, "A file of settings")->capture_default_str();
}

config::Settings Load(const SettingFlags& flags) {
  return config::LoadSettings(flags.given, FromEnvironment, config::ReadDotEnv(flags.dot_env));
}

}  // namespace stemscribe::app
