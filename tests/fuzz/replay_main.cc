// Runs a target over files instead of what libFuzzer makes up: replay FOLDER…
#include <fstream>
#include <iostream>
#include <iterator>

#include "fuzz.h"

int main(int argc, char** argv) {
  int num_files = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string text(std::istreambuf_iterator<char>(file), {});
      // Said before: a crash is of the last one.
      std::cout << entry.path().filename().string() << std::endl;
      LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(text.data()), text.size());
      ++num_files;
    }
  }
  return num_files > 0 ? 0 : 1;
}
