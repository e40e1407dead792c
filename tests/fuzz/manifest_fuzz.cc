// The manifest of the models.
#include "base/error.h"
#include "fuzz.h"
#include "nn/manifest.h"

using namespace stemscribe;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const fuzz::Folder folder;
  folder.Write("manifest.json", fuzz::Text(data, size));
  try {
    const nn::Manifest manifest = nn::Manifest::Load(folder.path());
    for (const nn::ModelEntry& entry : manifest.entries()) fuzz::Check(!entry.name.empty());
  } catch (const Error&) {
  }
  return 0;
}
