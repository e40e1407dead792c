// Every setting once: its name, what it is for, how its text is read and shown. Flags, environment,
// .env, the output of `stemscribed config` and the documents all come from this table.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "config/settings.h"

namespace stemscribe::config {

struct Setting {
  std::string section;  // "Server", "Storage", …
  std::string name;     // "API_PORT"; the flag is --api-port
  std::string help;     // one sentence
  std::string allowed;  // "a whole number from 1 to 65535"
  bool secret = false;

  /// Reads `text`; returns false if it is not as `allowed` says.
  std::function<bool(const std::string& text, Settings& settings)> read;

  /// The value as text that `read` takes.
  std::function<std::string(const Settings&)> show;
};

const std::vector<Setting>& SettingTable();

}  // namespace stemscribe::config
