#include "config/load.h"

#include <fmt/format.h>

#include <fstream>
#include <regex>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "config/setting_table.h"

namespace stemscribe::config {
namespace {

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

/// The value of KEY=VALUE: quoted whole, or bare up to " #".
std::string Unquote(std::string_view text) {
  if (text.size() >= 2 && (text[0] == '"' || text[0] == '\'')) {
    const size_t end = text.find(text[0], 1);
    if (end != std::string_view::npos) return std::string(text.substr(1, end - 1));
  }
  return std::string(Trim(text.substr(0, text.find(" #"))));
}

/// Text that must not end the cell of a table.
std::string InCell(std::string_view text) {
  static const std::regex bar("\\|");
  return std::regex_replace(std::string(text), bar, "\\|");
}

/// For people and logs: no secret, and no password in a URL.
std::string Masked(const Setting& setting, const std::string& value) {
  if (setting.secret && !value.empty()) return "********";
  static const std::regex password("(://[^/@:]*:).*@");  // it may have an @ of its own
  static const std::regex parameter("([?&](ssl)?password=)[^&]*");
  const std::string masked = std::regex_replace(value, password, "$1********@");
  return std::regex_replace(masked, parameter, "$1********");
}

std::optional<std::string> FindText(const std::string& name, const TextByName& flags,
                                    const Environment& environment, const TextByName& dot_env) {
  if (const auto flag = flags.find(name); flag != flags.end()) return flag->second;
  if (auto variable = environment(name)) return variable;
  if (const auto line = dot_env.find(name); line != dot_env.end()) return line->second;
  return std::nullopt;
}

/// Mixes of parts that would lose work.
void CheckMix(const Settings& settings, std::vector<FieldError>& wrong) {
  if (!settings.queue.url.empty() && settings.database.url.starts_with("sqlite")) {
    wrong.push_back(
        {"QUEUE_URL", "needs DATABASE_URL=postgresql://…: workers elsewhere cannot use SQLite"});
  }
  if (settings.storage.url.empty() && settings.storage.downloads == "redirect") {
    wrong.push_back({"DOWNLOADS", "redirect needs STORAGE_URL: a folder has no addresses"});
  }
  if (!settings.storage.url.empty() && settings.storage.downloads == "nginx") {
    wrong.push_back({"DOWNLOADS", "nginx needs STORAGE_PATH: it has no way into a bucket"});
  }
}

}  // namespace

Settings LoadSettings(const TextByName& flags, const Environment& environment,
                      const TextByName& dot_env) {
  Settings settings;
  std::vector<FieldError> wrong;
  for (const Setting& setting : SettingTable()) {
    const auto text = FindText(setting.name, flags, environment, dot_env);
    if (!text || setting.read(*text, settings)) continue;
    wrong.push_back({setting.name,
                     fmt::format("must be {}, not '{}'", setting.allowed, Masked(setting, *text))});
  }
  CheckMix(settings, wrong);
  if (!wrong.empty()) {
    throw Error(ErrorCode::kInvalidArgument, "wrong settings", std::move(wrong));
  }
  return settings;
}

TextByName ReadDotEnv(const std::filesystem::path& file) {
  TextByName values;
  std::ifstream stream(file);
  std::string line;
  for (int number = 1; std::getline(stream, line); ++number) {
    std::string_view text = Trim(line);
    if (text.empty() || text[0] == '#') continue;
    if (text.starts_with("export ")) text = Trim(text.substr(7));
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos || equals == 0) {
      throw Error(ErrorCode::kInvalidArgument,
                  fmt::format("{}, line {}: expected NAME=value", file.string(), number));
    }
    values[std::string(Trim(text.substr(0, equals)))] = Unquote(Trim(text.substr(equals + 1)));
  }
  return values;
}

std::string ShowSettings(const Settings& settings) {
  std::string text;
  for (const Setting& setting : SettingTable()) {
    text += fmt::format("{}={}\n", setting.name, Masked(setting, setting.show(settings)));
  }
  return text;
}

std::string ExampleDotEnv() {
  const Settings defaults;
  std::string text =
      "# Settings of stemscribed with their defaults. Copy to .env and edit. Flags (--api-port) "
      "win over environment\n"
      "# variables, and these over this file. `stemscribed config` shows what is in force.\n";
  std::string section;
  for (const Setting& setting : SettingTable()) {
    if (setting.section != section) text += fmt::format("\n# {}\n", section = setting.section);
    text += fmt::format("# {} Must be {}.\n{}={}\n", setting.help, setting.allowed, setting.name,
                        setting.show(defaults));
  }
  return text;
}

std::string SettingsMarkdown() {
  const Settings defaults;
  std::string text =
      "# Settings\n\nMade by `stemscribed config --markdown`. Environment variables, lines of a "
      "`.env` "
      "file, or flags (`API_PORT` is `--api-port`); flags\nwin over the environment, and that over "
      "the "
      "file. `stemscribed config` shows what is in force, secrets masked; a wrong value stops the "
      "start.\n";
  std::string section;
  for (const Setting& setting : SettingTable()) {
    if (setting.section != section) {
      section = setting.section;
      text += fmt::format(
          "\n## {}\n\n| name | default | may be | what it does |\n| --- | --- | --- | --- |\n",
          section);
    }
    const std::string value = setting.show(defaults);
    text += fmt::format("| `{}` | {} | {} | {} |\n", setting.name,
                        value.empty() ? "" : fmt::format("`{}`", value), InCell(setting.allowed),
                        InCell(setting.help));
  }
  return text;
}

}  // namespace stemscribe::config
