// stemscribe doctor: is all here that a transcription needs, and does one work?

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <numbers>
#include <set>
#include <string>
#include <vector>

#include "app/cli/commands.h"
#include "app/cli/exit_code.h"
#include "app/version.h"
#include "audio/decoder.h"
#include "audio/encoder.h"
#include "audio/library_info.h"
#include "base/cpu.h"
#include "base/error.h"
#include "nn/manifest.h"
#include "nn/model.h"
#include "pipeline/song_folder.h"
#include "pipeline/transcriber.h"
#include "sandbox/sandbox.h"

namespace stemscribe::app {
namespace {

namespace fs = std::filesystem;

/// The features of the CPU that change how fast the networks run.
std::string CpuFeatures() {
  static constexpr std::array kWanted = {"avx2", "avx512f", "avx512_vnni", "avx512_bf16",
                                         "amx_bf16"};
  std::ifstream info("/proc/cpuinfo");
  std::set<std::string> flags;
  for (std::string word; info >> word && word != "bugs";) flags.insert(word);
  std::string found;
  for (const char* name : kWanted) {
    if (flags.contains(name)) found += (found.empty() ? "" : " ") + std::string(name);
  }
  return found.empty() ? "none of avx2, avx512, bf16: the networks will be slow" : found;
}

double TotalMemoryGb() {
  return static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE)) /
         1e9;
}

/// Of this process: bytes, seconds or a number.
std::string Limit(decltype(RLIMIT_AS) resource) {
  rlimit limit{};
  if (getrlimit(resource, &limit) != 0) return "unknown";
  return limit.rlim_cur == RLIM_INFINITY ? "unlimited" : fmt::format("{}", limit.rlim_cur);
}

void Row(const std::string& name, const std::string& text) {
  fmt::print("{:<12} {}\n", name, text);
}

bool CheckModels(const nn::Manifest& manifest) {
  bool all_well = true;
  std::set<std::string> licences;
  for (const nn::ModelEntry& entry : manifest.entries()) {
    const std::string fault = nn::VerifyModel(entry);
    licences.insert(entry.licence);
    if (fault.empty()) continue;
    all_well = false;
    Row("model", entry.name + ": " + fault);
  }
  Row("models",
      fmt::format("{} {}, licences: {}", manifest.entries().size(),
                  all_well ? "verified" : "listed, NOT all verified", fmt::join(licences, ", ")));
  return all_well;
}

void WriteTestSong(const fs::path& path) {
  constexpr int kRateHz = 44100;
  constexpr size_t kNumSamples = 2 * 44100;
  auto song = audio::AudioBuffer::Zeros(kRateHz, 2, kNumSamples);
  for (size_t n = 0; n < song.num_samples(); ++n) {
    const double t = static_cast<double>(n) / kRateHz;
    double sum = 0;
    for (const double hz : {130.81, 261.63, 329.63, 392.0}) {
      // With harmonics, as instruments have them: the networks know no pure tones.
      for (int k = 1; k <= 8; ++k) sum += std::sin(2 * std::numbers::pi * k * hz * t) / k;
    }
    for (auto& channel : song.channels) channel[n] = static_cast<float>(0.07 * sum);
  }
  audio::Encoder encoder(path,
                         {.format = audio::Format::kWav, .rate_hz = kRateHz, .num_channels = 2});
  encoder.Write(song);
  encoder.Close();
}

/// Transcribes two seconds of a chord that is made here, and looks at what comes out.
bool SelfTest(const nn::Manifest& manifest) {
  pipeline::SongFolder folder(fs::temp_directory_path());
  WriteTestSong(folder.path() / "test.wav");
  const auto engine = nn::MakeOpenVinoEngine({});
  pipeline::Transcriber transcriber(manifest, *engine, {});
  const pipeline::Result result =
      transcriber.Transcribe(folder.path() / "test.wav", folder.path(), {}, {});
  const bool five_stems = result.stems.size() == separation::kNumStems;
  const bool has_frames = result.vocals && result.vocals->frames.size() == 200;
  bool has_chord = false;
  if (result.chords) {
    for (const chords::Chord& chord : result.chords->chords) has_chord |= chord.label == "C:maj";
  }
  Row("self-test", fmt::format("stems {}, frames {}, chord of C:maj {}, {:.1f} s",
                               five_stems ? "ok" : "MISSING", has_frames ? "ok" : "WRONG",
                               has_chord ? "heard" : "NOT HEARD", result.seconds.at("total")));
  return five_stems && has_frames && has_chord;
}

void DescribeSandbox() {
  const sandbox::Locks locks = sandbox::Try();
  Row("seccomp", locks.seccomp ? "works: jobs have no network, programs or processes"
                               : "NOT to be had: " + locks.seccomp_fault);
  Row("landlock", locks.landlock_abi > 0
                      ? fmt::format("works (ABI {}): jobs see their own files", locks.landlock_abi)
                      : "NOT to be had: " + locks.landlock_fault);
  Row("limits", fmt::format("memory {}, CPU {}, file size {}, files {}, core {}", Limit(RLIMIT_AS),
                            Limit(RLIMIT_CPU), Limit(RLIMIT_FSIZE), Limit(RLIMIT_NOFILE),
                            Limit(RLIMIT_CORE)));
}

int Doctor(const std::string& models_flag) {
  Row("stemscribe", kVersion);
  Row("cores", fmt::format("{} ({})", AvailableCores(), CpuFeatures()));
  Row("memory", fmt::format("{:.1f} GB", TotalMemoryGb()));
  Row("ffmpeg", audio::LibraryInfo());
  DescribeSandbox();
  Row("engine", nn::EngineInfo());
  const fs::path models_dir = nn::FindModelsDir(models_flag);
  Row("models in", models_dir.string());
  bool well = false;
  try {
    const nn::Manifest manifest = nn::Manifest::Load(models_dir);
    well = CheckModels(manifest) && SelfTest(manifest);
  } catch (const std::exception& error) {
    Row("fault", error.what());
  }
  Row("verdict", well ? "all is well" : "something is wrong: see above");
  return well ? kExitOk : kExitFailed;
}

}  // namespace

void AddDoctorCommand(CLI::App& parser, CommandContext& context) {
  parser.add_subcommand("doctor", "Check this installation, and try a transcription")
      ->callback([&context] { context.run = [&context] { return Doctor(context.models_dir); }; });
}

}  // namespace stemscribe::app
