// stemscribe transcribe: songs in, a folder of results for each out.

#include <fmt/format.h>

#include <boost/json.hpp>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "app/cli/commands.h"
#include "app/cli/confine.h"
#include "app/cli/exit_code.h"
#include "app/cli/progress_printer.h"
#include "app/cli/result_document.h"
#include "app/cli/signal_stop.h"
#include "app/cli/summary.h"
#include "base/cancellation.h"
#include "base/cpu.h"
#include "base/error.h"
#include "base/json_text.h"
#include "nn/manifest.h"
#include "nn/model.h"
#include "pipeline/artefacts.h"
#include "pipeline/song_files.h"
#include "pipeline/song_folder.h"
#include "pipeline/transcriber.h"

namespace stemscribe::app {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

struct TranscribeFlags {
  std::vector<std::string> files;
  std::string output_dir = ".";
  std::string stem_format = "mp3";
  int bitrate_kbps = 192;
  std::vector<std::string> stages;
  std::string vocabulary = "submission";
  std::string splitter = "blend";
  int num_threads = 0;
  std::string precision = "auto";
  bool json = false;
  int progress_fd = -1;
  bool overwrite = false;
  bool quiet = false;
};

/// One run of the command over its files.
class TranscribeRun {
 public:
  TranscribeRun(const TranscribeFlags& flags, const std::string& models_dir);

  int Execute();

 private:
  void TranscribeFile(const fs::path& song);
  int Report(const fs::path& song, const Error& error) const;

  const TranscribeFlags& flags_;
  SignalStop stop_;
  pipeline::Options options_;
  nn::Manifest manifest_;
  std::unique_ptr<nn::Engine> engine_;
  std::unique_ptr<pipeline::Transcriber> transcriber_;
  std::set<fs::path> published_;
};

pipeline::Options ToOptions(const TranscribeFlags& flags) {
  pipeline::Options options;
  options.stem_format = audio::ParseFormat(flags.stem_format);
  options.bitrate_kbps = flags.bitrate_kbps;
  options.vocabulary = chords::ParseVocabulary(flags.vocabulary);
  options.splitter = separation::ParseSplitter(flags.splitter);
  if (!flags.stages.empty()) {
    options.stages.clear();
    for (const std::string& name : flags.stages) {
      options.stages.push_back(pipeline::ParseStage(name));
    }
  }
  return options;
}

nn::Precision ToPrecision(const std::string& name) {
  if (name == "f32") return nn::Precision::kF32;
  if (name == "bf16") return nn::Precision::kBf16;
  return nn::Precision::kAuto;
}

/// The folders directly in `output_dir` that hold some of `songs`: they are not to be replaced.
std::set<fs::path> FoldersOfSongs(const std::vector<std::string>& songs,
                                  const fs::path& output_dir) {
  std::set<fs::path> folders;
  std::error_code ignored;
  const fs::path output = fs::weakly_canonical(output_dir / ".", ignored);
  for (const std::string& song : songs) {
    fs::path folder = fs::weakly_canonical(song, ignored);
    while (folder.has_relative_path()) {
      const fs::path above = folder.parent_path();
      if (above == output) folders.insert(output_dir / folder.filename());
      folder = above;
    }
  }
  return folders;
}

TranscribeRun::TranscribeRun(const TranscribeFlags& flags, const std::string& models_dir)
    : flags_(flags),
      stop_(SignalStop::Overdue::kAfterASecond),
      options_(ToOptions(flags)),
      manifest_(nn::Manifest::Load(nn::FindModelsDir(models_dir))),
      engine_(nn::MakeOpenVinoEngine(
          {.precision = ToPrecision(flags.precision), .num_threads = AvailableCores()})),
      transcriber_(std::make_unique<pipeline::Transcriber>(manifest_, *engine_, options_)),
      published_(FoldersOfSongs(flags.files, flags.output_dir)) {}

bool IsFolder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

int TranscribeRun::Execute() {
  int exit_code = kExitOk;
  for (const std::string& file : flags_.files) {
    try {
      if (IsFolder(file)) throw Error(ErrorCode::kInvalidAudioFile, "No song is in there.");
      TranscribeFile(file);
    } catch (const Error& error) {
      exit_code = std::max(exit_code, Report(file, error));
      if (error.code() == ErrorCode::kCancelled) break;
    } catch (const std::exception& error) {
      exit_code =
          std::max(exit_code, Report(file, Error(ErrorCode::kProcessingFailed, error.what())));
    }
  }
  return exit_code;
}

void TranscribeRun::TranscribeFile(const fs::path& song) {
  const json::object input = DescribeInput(song);
  pipeline::SongFolder folder(flags_.output_dir);
  stop_.OnOverdue([partial = folder.path()] {
    std::error_code ignored;
    fs::remove_all(partial, ignored);
  });
  ProgressPrinter printer(flags_.quiet ? nullptr : stderr, flags_.progress_fd,
                          song.filename().string());
  const pipeline::Result result = transcriber_->Transcribe(
      song, folder.path(), [&](const pipeline::Progress& progress) { printer.Print(progress); },
      stop_.token());
  printer.Finish();
  json::object document = MakeResultDocument(result, options_, manifest_, input);
  pipeline::WriteJson(folder.path() / "result.json", document);
  ThrowIfStopped(stop_.token());
  std::string name = song.stem().string();
  if (name.empty() || name[0] == '.') name = "song" + name;  // a hidden folder would look lost
  const fs::path where = folder.Publish(name, flags_.overwrite, published_);
  stop_.OnOverdue({});
  if (flags_.json) {
    document["folder"] = where.string();
    fmt::print("{}\n", ToJsonText(document));
  } else {
    PrintSummary(stdout, song.filename().string(), where, result);
  }
  std::fflush(stdout);
}

int TranscribeRun::Report(const fs::path& song, const Error& error) const {
  const bool cancelled = error.code() == ErrorCode::kCancelled;
  fmt::print(stderr, "{}: {}\n", song.string(), error.what());
  if (flags_.json && !cancelled) {
    fmt::print("{}\n",
               ToJsonText(json::object{
                   {"file", song.filename().string()},
                   {"error", {{"code", ErrorCodeName(error.code())}, {"message", error.what()}}}}));
    std::fflush(stdout);
  }
  return ExitCodeFor(error.code());
}

/// Folders are what songs are in them; one without songs stays.
std::vector<std::string> SongsOf(const std::vector<std::string>& paths) {
  std::vector<std::string> songs;
  for (const std::string& path : paths) {
    const auto inside = IsFolder(path) ? pipeline::SongsIn(path) : std::vector<fs::path>();
    songs.insert(songs.end(), inside.begin(), inside.end());
    if (inside.empty()) songs.push_back(path);
  }
  return songs;
}

/// Before there are any threads.
void ConfineRun(const TranscribeFlags& flags, const CommandContext& context) {
  if (context.sandbox == "off") return;
  std::error_code ignored;  // SongFolder tells
  fs::create_directories(flags.output_dir, ignored);
  std::vector<fs::path> readable(flags.files.begin(), flags.files.end());
  readable.push_back(nn::FindModelsDir(context.models_dir));
  Confine(context.sandbox, std::move(readable), {flags.output_dir});
}

}  // namespace

void AddTranscribeCommand(CLI::App& parser, CommandContext& context) {
  CLI::App* command = parser.add_subcommand(
      "transcribe", "Split songs into stems, and find pitch, chords, tempo and beats");
  auto flags = std::make_shared<TranscribeFlags>();
  command->add_option("FILE", flags->files, "The songs, and folders of songs")->required();
  command->add_option("-o,--output", flags->output_dir, "Where the songs' folders are made")
      ->capture_default_str();
  command
      ->add_option("--stem-format", flags->stem_format, "mp3, flac (24 bit) or wav (32-bit float)")
      ->check(CLI::IsMember({"mp3", "flac", "wav"}))
      ->capture_default_str();
  command->add_option("--bitrate", flags->bitrate_kbps, "Of the MP3s, in kbit/s")
      ->check(CLI::IsMember({64, 96, 128, 160, 192, 224, 256, 320}))
      ->capture_default_str();
  command
      ->add_option("--stages", flags->stages,
                   "Which results to make: separation, transcription, chords (default: all)")
      ->delimiter(',')
      ->check(CLI::IsMember({"separation", "transcription", "chords"}));
  command->add_option("--chord-vocabulary", flags->vocabulary, "How fine the chords are told apart")
      ->check(CLI::IsMember({"submission", "ismir2017", "full"}))
      ->capture_default_str();
  command
      ->add_option(
          "--splitter", flags->splitter,
          "What splits drums, bass and other: net (trained), dsp (signal processing), or blend "
          "(both)")
      ->check(CLI::IsMember({"blend", "net", "dsp"}))
      ->capture_default_str();
  command->add_option("--threads", flags->num_threads, "Cores to use (default: all)")
      ->check(CLI::Range(1, 1024));
  command->add_option("--precision", flags->precision, "Of the networks: auto, f32 or bf16")
      ->check(CLI::IsMember({"auto", "f32", "bf16"}))
      ->capture_default_str();
  command->add_flag("--json", flags->json, "Print the result of each song as one line of JSON");
  command
      ->add_option("--progress-fd", flags->progress_fd,
                   "Write progress as JSON lines to this file descriptor")
      ->check(CLI::Range(0, 1 << 20));
  command->add_flag("--overwrite", flags->overwrite,
                    "Replace the folder of an earlier run (default: a new name, \"song-2\")");
  command->add_flag("-q,--quiet", flags->quiet, "No progress on the terminal");
  command->callback([flags, &context] {
    context.run = [flags, &context] {
      flags->files = SongsOf(flags->files);
      if (flags->num_threads > 0) LimitCores(flags->num_threads);
      ConfineRun(*flags, context);
      return TranscribeRun(*flags, context.models_dir).Execute();
    };
  });
}

}  // namespace stemscribe::app
