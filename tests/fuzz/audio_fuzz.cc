// Any file through the decoder: at most so many samples are asked for.
#include "audio/decoder.h"
#include "audio/probe.h"
#include "base/error.h"
#include "fuzz.h"

using namespace stemscribe;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const fuzz::Folder folder;
  const auto file = folder.Write("song", fuzz::Text(data, size));
  try {
    audio::Decoder decoder(file, {.rate_hz = 22050, .num_channels = 1, .block_samples = 8192});
    audio::AudioBuffer block;
    for (int i = 0; i < 50 && decoder.Read(block); ++i) {
      fuzz::Check(block.num_samples() <= 8192);
    }
  } catch (const Error& error) {
    fuzz::Check(error.code() == ErrorCode::kInvalidAudioFile);
  }
  return 0;
}
