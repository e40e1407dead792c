// A .env file: its settings are right or refused, and can be shown.
#include "base/error.h"
#include "config/load.h"
#include "fuzz.h"

using namespace stemscribe;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const fuzz::Folder folder;
  try {
    const config::TextByName text =
        config::ReadDotEnv(folder.Write(".env", fuzz::Text(data, size)));
    config::ShowSettings(config::LoadSettings({}, [](const auto&) { return std::nullopt; }, text));
  } catch (const Error&) {
  }
  return 0;
}
