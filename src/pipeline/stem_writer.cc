#include "pipeline/stem_writer.h"

#include "base/cancellation.h"

namespace stemscribe::pipeline {
namespace {

constexpr size_t kBlocksAhead = 4;

std::filesystem::path FileName(const std::string& name, audio::Format format) {
  return name + "." + std::string(audio::FormatExtension(format));
}

}  // namespace

StemWriter::StemWriter(const std::filesystem::path& folder, const std::string& name,
                       const Options& options)
    : blocks_(kBlocksAhead),
      encoder_(folder / FileName(name, options.stem_format),
               {.format = options.stem_format,
                .rate_hz = separation::kRateHz,
                .num_channels = 2,
                .bitrate_kbps = options.bitrate_kbps}),
      meter_(separation::kRateHz, 2) {
  result_.file = folder.filename() / FileName(name, options.stem_format);
}

void StemWriter::Work(const std::stop_token& stop) {
  while (const auto block = blocks_.Pop()) {
    ThrowIfStopped(stop);
    encoder_.Write(*block);
    meter_.Push(*block);
    samples_written_ += static_cast<int64_t>(block->num_samples());
  }
  ThrowIfStopped(stop);
  encoder_.Close();
  result_.peak_dbfs = meter_.peak_dbfs();
  result_.loudness_lufs = meter_.integrated_lufs();
  result_.clipped_samples = encoder_.clipped_samples();
}

}  // namespace stemscribe::pipeline
