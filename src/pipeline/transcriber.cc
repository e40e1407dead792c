#include "pipeline/transcriber.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "audio/decoder.h"
#include "audio/mix.h"
#include "audio/resampler.h"
#include "base/cancellation.h"
#include "base/task_group.h"
#include "pipeline/artefacts.h"
#include "pipeline/sample_spool.h"
#include "pipeline/stem_writer.h"
#include "stages/rhythm/bars.h"

namespace stemscribe::pipeline {
namespace {

constexpr size_t kBlockSamples = 32768;

/// Where one chord follows another, in seconds.
std::vector<double> ChordChanges(const Result& result) {
  std::vector<double> changes_sec;
  if (!result.chords) return changes_sec;
  for (const chords::Chord& chord : result.chords->chords) changes_sec.push_back(chord.start_sec);
  return changes_sec;
}

}  // namespace

/// The state of one song.
class Transcriber::Run {
 public:
  Run(Transcriber& owner, std::filesystem::path song, std::filesystem::path folder,
      const ProgressSink& progress, const std::stop_token& stop)
      : owner_(owner),
        options_(owner.options_),
        song_(std::move(song)),
        folder_(std::move(folder)),
        meter_(options_.stages, progress),
        separates_(options_.Wants(Stage::kSeparation) || options_.Wants(Stage::kTranscription)),
        stop_(stop) {}

  Result Execute();

 private:
  void Analyse();           // thread: beats and chords from the mix
  void Separate();          // thread: stems from the mix
  void TranscribeVocals();  // after it, on its thread: pitch from the vocals
  void Deliver(separation::StemBlock&& stems, audio::Resampler& resampler);
  void KeepForPitch(const audio::AudioBuffer& block);
  void CloseQueues();
  void MakeWriters();
  void ReportSeparation();
  std::unique_ptr<audio::Decoder> Open(int rate_hz, int num_channels);
  void Warn(const std::vector<std::string>& warnings);
  void WaitForChords();
  void Took(const std::string& step, std::chrono::steady_clock::time_point since);

  Transcriber& owner_;
  const Options& options_;
  const std::filesystem::path song_;
  const std::filesystem::path folder_;
  ProgressMeter meter_;
  std::vector<std::unique_ptr<StemWriter>>
      writers_;  // by separation::Stem; empty without the stage
  std::array<std::string, separation::kNumStems> stem_engines_;
  // Vocals, voice and mix, 16 kHz mono each; null without the stage.
  std::array<std::unique_ptr<SampleSpool>, 3> for_pitch_;
  const bool separates_;
  std::atomic<int64_t> expected_samples_ = 0;  // at 44.1 kHz: an estimate until all is decoded
  int64_t separated_samples_ = 0;
  std::mutex mutex_;  // guards result_ while the tasks run
  std::condition_variable_any has_chords_;
  Result result_;
  std::stop_token stop_;            // the caller's; the group's while there is one
  std::optional<TaskGroup> tasks_;  // last: joined before anything above goes
};

std::unique_ptr<audio::Decoder> Transcriber::Run::Open(int rate_hz, int num_channels) {
  return std::make_unique<audio::Decoder>(song_,
                                          audio::DecoderOptions{.rate_hz = rate_hz,
                                                                .num_channels = num_channels,
                                                                .block_samples = kBlockSamples,
                                                                .stop = stop_});
}

void Transcriber::Run::Took(const std::string& step, std::chrono::steady_clock::time_point since) {
  const std::chrono::duration<double> sec = std::chrono::steady_clock::now() - since;
  std::lock_guard lock(mutex_);
  result_.seconds[step] = sec.count();
}

void Transcriber::Run::Warn(const std::vector<std::string>& warnings) {
  std::lock_guard lock(mutex_);
  for (const std::string& warning : warnings) {
    auto& all = result_.warnings;
    if (std::find(all.begin(), all.end(), warning) == all.end()) all.push_back(warning);
  }
}

void Transcriber::Run::CloseQueues() {
  for (const auto& writer : writers_) writer->Close();
}

void Transcriber::Run::MakeWriters() {
  if (!options_.Wants(Stage::kSeparation)) return;
  const std::filesystem::path stems = folder_ / "stems";
  std::filesystem::create_directory(stems);
  for (const char* name : separation::kStemNames) {
    writers_.push_back(std::make_unique<StemWriter>(stems, name, options_));
  }
}

Result Transcriber::Run::Execute() {
  const auto start = std::chrono::steady_clock::now();
  // Opened here first, so that a file that is no song fails before anything is written.
  const double estimate_sec = Open(separation::kRateHz, 2)->duration_estimate_sec().value_or(0);
  expected_samples_ = static_cast<int64_t>(estimate_sec * separation::kRateHz);
  MakeWriters();
  if (options_.Wants(Stage::kTranscription)) {
    for (auto& spool : for_pitch_) spool = std::make_unique<SampleSpool>(folder_);
  }
  // Made after the queues that it closes on a stop, which may have come already.
  tasks_.emplace(stop_, [this] { CloseQueues(); });
  stop_ = tasks_->stop_token();
  tasks_->Run([this] { Analyse(); });
  if (separates_) {
    tasks_->Run([this] {
      Separate();
      if (options_.Wants(Stage::kTranscription)) TranscribeVocals();
    });
    for (const auto& writer : writers_) {
      tasks_->Run([this, &writer] { writer->Work(stop_); });
    }
  }
  tasks_->Join();
  for (size_t stem = 0; stem < writers_.size(); ++stem) {
    StemResult stem_result = writers_[stem]->result();
    stem_result.engine = stem_engines_[stem];
    result_.stems[separation::kStemNames[stem]] = stem_result;
  }
  rhythm::CountBars(ChordChanges(result_), result_.rhythm);
  if (result_.vocals) {
    const double tuning_cents = result_.chords ? result_.chords->tuning_cents : 0;
    result_.notes = vocals::FindNotes(result_.vocals->frames, tuning_cents);
    WriteFrames(folder_ / "frames.json", *result_.vocals, result_.duration_sec);
    WriteNotes(folder_ / "notes.json", result_);
    WriteMidi(folder_ / "vocals.mid", result_);
  }
  if (result_.chords) WriteChords(folder_ / "chords.json", *result_.chords);
  Took("total", start);
  meter_.Finish();
  return std::move(result_);
}

void Transcriber::Run::Analyse() {
  const auto start = std::chrono::steady_clock::now();
  const auto beats = rhythm::MakeBeatTracker(owner_.manifest_, owner_.engine_);
  SampleSpool spool(folder_);
  const auto decoder = Open(chords::kRateHz, 1);
  for (audio::AudioBuffer block; decoder->Read(block);) {
    ThrowIfStopped(stop_);
    spool.Append(block.channels[0]);
    beats->Push(block.channels[0]);
  }
  if (!separates_) Warn(decoder->warnings());  // else of all channels
  const double duration_sec = static_cast<double>(spool.num_samples()) / chords::kRateHz;
  expected_samples_ = static_cast<int64_t>(duration_sec * separation::kRateHz);
  rhythm::Rhythm rhythm = beats->Finish();
  Took("rhythm", start);
  {
    std::lock_guard lock(mutex_);
    result_.rhythm = std::move(rhythm);
    if (!separates_) result_.duration_sec = duration_sec;
  }
  if (!options_.Wants(Stage::kChords)) return;
  const auto chords_start = std::chrono::steady_clock::now();
  const auto recognizer =
      chords::MakeChordRecognizer(owner_.manifest_, owner_.engine_, options_.vocabulary);
  chords::ChordResult chords = recognizer->Recognize(
      [&spool](int64_t offset, std::span<float> out) { return spool.Read(offset, out); },
      spool.num_samples(), duration_sec,
      [this](double done) { meter_.Update(Stage::kChords, done); }, stop_);
  meter_.Update(Stage::kChords, 1);
  Took("chords", chords_start);
  {
    std::lock_guard lock(mutex_);
    result_.chords = std::move(chords);
  }
  has_chords_.notify_all();
}

// The nets of the chords, of the separation and of the pitch take turns, for the memory that they
// work in. Each of them keeps all cores busy.
void Transcriber::Run::WaitForChords() {
  if (!options_.Wants(Stage::kChords)) return;
  std::unique_lock lock(mutex_);
  has_chords_.wait(lock, stop_, [this] { return result_.chords.has_value(); });
  ThrowIfStopped(stop_);
}

void Transcriber::Run::Separate() {
  const auto separator = separation::MakeSeparator(
      owner_.manifest_, owner_.engine_,
      {.splitter = options_.splitter, .with_voice = options_.Wants(Stage::kTranscription)});
  WaitForChords();
  const auto start = std::chrono::steady_clock::now();
  audio::Resampler resampler(separation::kRateHz, vocals::kRateHz, 3);  // for_pitch_
  const auto sink = [&](separation::StemBlock&& stems) { Deliver(std::move(stems), resampler); };
  const auto decoder = Open(separation::kRateHz, 2);
  for (audio::AudioBuffer block; decoder->Read(block);) {
    ThrowIfStopped(stop_);
    separator->Push(block, sink);
  }
  separator->Finish(sink);
  Warn(decoder->warnings());
  KeepForPitch(resampler.Flush());
  stem_engines_ = separator->engines();
  expected_samples_ = separated_samples_;
  {
    std::lock_guard lock(mutex_);
    result_.duration_sec = static_cast<double>(separated_samples_) / separation::kRateHz;
  }
  CloseQueues();
  Took("separation", start);
}

void Transcriber::Run::Deliver(separation::StemBlock&& stems, audio::Resampler& resampler) {
  ThrowIfStopped(stop_);
  const audio::AudioBuffer& vocals = stems[separation::kVocals];
  separated_samples_ += static_cast<int64_t>(vocals.num_samples());
  if (options_.Wants(Stage::kTranscription)) {
    std::vector<float> mono = audio::MixToMono(vocals);
    std::vector<float> mix = audio::MixToMono(stems[separation::kInstrumental]);
    std::transform(mono.begin(), mono.end(), mix.begin(), mix.begin(), std::plus<>());
    KeepForPitch(resampler.Push(
        {vocals.rate_hz, {std::move(mono), std::move(stems.voice), std::move(mix)}}));
  }
  for (size_t stem = 0; stem < writers_.size(); ++stem)
    writers_[stem]->Push(std::move(stems[stem]));
  ReportSeparation();
}

void Transcriber::Run::KeepForPitch(const audio::AudioBuffer& block) {
  if (block.empty()) return;
  for (size_t i = 0; i < block.num_channels(); ++i) for_pitch_[i]->Append(block.channels[i]);
}

void Transcriber::Run::ReportSeparation() {
  int64_t done = separated_samples_;
  for (const auto& writer : writers_) done = std::min(done, writer->samples_written());
  const auto expected = static_cast<double>(std::max<int64_t>(1, expected_samples_));
  meter_.Update(Stage::kSeparation, static_cast<double>(done) / expected);
}

void Transcriber::Run::TranscribeVocals() {
  const auto start = std::chrono::steady_clock::now();
  const auto transcriber = vocals::MakeVocalTranscriber(owner_.manifest_, owner_.engine_);
  const auto num_samples = static_cast<double>(for_pitch_[0]->num_samples());
  std::array<std::vector<float>, 3> blocks;
  for (auto& block : blocks) block.resize(kBlockSamples);
  int64_t done = 0;
  while (const size_t count = for_pitch_[0]->Read(done, blocks[0])) {
    ThrowIfStopped(stop_);
    for (size_t i = 1; i < blocks.size(); ++i) for_pitch_[i]->Read(done, blocks[i]);
    const auto part = [&](size_t i) { return std::span<const float>(blocks[i]).first(count); };
    transcriber->Push(part(0), part(1), part(2));
    done += static_cast<int64_t>(count);
    meter_.Update(Stage::kTranscription, static_cast<double>(done) / num_samples);
  }
  vocals::VocalTrack track = transcriber->Finish(result_.duration_sec);
  meter_.Update(Stage::kTranscription, 1);
  Took("transcription", start);
  std::lock_guard lock(mutex_);
  result_.vocals = std::move(track);
}

Transcriber::Transcriber(const nn::Manifest& manifest, nn::Engine& engine, const Options& options)
    : manifest_(manifest), engine_(engine), options_(options) {}

Result Transcriber::Transcribe(const std::filesystem::path& song,
                               const std::filesystem::path& folder, const ProgressSink& progress,
                               const std::stop_token& stop) {
  return Run(*this, song, folder, progress, stop).Execute();
}

}  // namespace stemscribe::pipeline
