// A whole job service without HTTP: SQLite, a local disk, and a tool that is a shell script. What
// the tool does is told by the text of the "song".
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/test_folder.h"
#include "db/repository.h"
#include "jobs/job_files.h"
#include "jobs/job_result.h"
#include "jobs/job_service.h"
#include "jobs/sweeper.h"
#include "jobs/uuid.h"
#include "jobs/worker.h"
#include "queue/local_queue.h"
#include "storage/local_store.h"

namespace stemscribe::jobs {

inline constexpr const char* kFakeTool = R"(
while [ $# -gt 0 ]; do
  case $1 in transcribe) input=$2;; -o) out=$2;; --progress-fd) fd=$2;; esac
  shift
done
progress() { echo "{\"stage\":\"$1\",\"percent\":$2,\"seconds_left\":1}" >&$fd; }
finish() {
  mkdir -p $out/song/stems
  for stem in vocals bass drums other instrumental; do echo $stem > $out/song/stems/$stem.mp3; done
  echo '{"frames":[]}' > $out/song/frames.json
  echo '{"notes":[]}' > $out/song/notes.json
  echo MThd > $out/song/vocals.mid
  echo '{"chords":[]}' > $out/song/chords.json
  echo '{"duration":1.5,"tempo_bpm":120}' > $out/song/result.json
}
echo started >> $input.log
case $(cat $input) in
  ok) progress separation 20; progress transcription 50; finish;;
  bad) echo "$input: there is no sound in it" >&2; exit 3;;
  crash) mkdir -p $out/song/stems; echo half > $out/song/stems/vocals.mp3; kill -SEGV $$;;
  crash-once) if [ $(wc -l < $input.log) = 1 ]; then kill -SEGV $$; fi; finish;;
  incomplete) finish; rm $out/song/chords.json;;
  slow) for i in 1 2 3 4; do progress separation $((i * 20)); sleep 0.03; done; finish;;
  block) progress separation 10; while [ ! -e $input.go ]; do sleep 0.01; done; finish;;
  deaf) trap '' TERM; progress separation 10; while :; do sleep 0.01; done;;
esac
)";

class WorkerTest : public testing::Test {
 protected:
  WorkerTest() {
    repository_ = db::OpenRepository(
        {.url = "sqlite:///" + (folder_.path() / "jobs.db").string(), .pool_size = 4}, clock_);
    store_ = std::make_unique<storage::LocalStore>(
        storage::LocalStoreSettings{.root = folder_.path() / "storage"});
    service_ = std::make_unique<JobService>(*repository_, *store_, queue_, events_);
    settings_.num_slots = 2;
    settings_.scratch_dir = folder_.path() / "storage" / "scratch";
    settings_.poll_interval = Milliseconds(200);
    settings_.progress_interval = Milliseconds(0);
    settings_.tool.program = folder_.Script("stemscribe", kFakeTool);
    settings_.tool.nice = 0;
  }

  std::unique_ptr<Worker> MakeWorker(const Instance& instance) {
    return std::make_unique<Worker>(settings_, *repository_, *store_, queue_, events_, instance,
                                    WorkerHooks{.on_started = {},
                                                .on_ended = {},
                                                .on_stage_ended = {},
                                                .on_failed = {},
                                                .on_error = NoteErrors()});
  }

  std::function<void(const std::string&)> NoteErrors() {
    return [this](const std::string& message) {
      std::lock_guard lock(mutex_);
      errors_.push_back(message);
    };
  }

  std::unique_ptr<Sweeper> MakeSweeper(SweeperSettings settings) {
    settings.scratch_dir = settings_.scratch_dir;
    return std::make_unique<Sweeper>(settings, *repository_, *store_, queue_, events_, *instance_,
                                     clock_, SweeperHooks{.on_error = NoteErrors(), .on_low = {}});
  }

  /// Uploads a song with this text and submits its job.
  std::string Submit(const std::string& song, const JobOptions& options = {}) {
    NewJob job;
    job.id = NewUuid(clock_.Now());
    job.input_filename = "song.mp3";
    job.input_blob = InputBlob(job.id, job.input_filename);
    job.options = options;
    const auto writer = store_->Create(job.input_blob, 0);
    writer->Write(std::as_bytes(std::span(song)));
    writer->Commit();
    service_->Submit(job);
    return job.id;
  }

  Job Get(const std::string& id) { return GetJob(*repository_, id); }

  Job WaitFor(const std::string& id, JobStatus status) {
    Eventually([&] {
      const Job job = Get(id);
      return job.status == status || job.IsFinal();
    });
    const Job job = Get(id);
    EXPECT_EQ(StatusName(job.status), StatusName(status)) << job.error_message;
    return job;
  }

  /// Waits until the child runs and has said so.
  void WaitForProgress(const std::string& id) {
    EXPECT_TRUE(Eventually([&] { return Get(id).progress > 0; }));
  }

  std::filesystem::path FolderOf(const std::string& id) {
    return folder_.path() / "storage" / JobPrefix(id);
  }

  /// Lets a job go on that "block"s.
  void Release(const std::string& id) {
    std::ofstream((*store_->LocalPath(Get(id).input_blob)).string() + ".go") << "go";
  }

  /// How often the tool was started for the job.
  int64_t NumStarts(const std::string& id) {
    const std::string log = ReadText((*store_->LocalPath(Get(id).input_blob)).string() + ".log");
    return std::count(log.begin(), log.end(), '\n');
  }

  std::vector<std::string> FilesOf(const std::string& id) {
    std::vector<std::string> names;
    for (const BlobInfo& blob : store_->List(JobPrefix(id))) {
      const std::string name = blob.name.substr(JobPrefix(id).size() + 1);
      if (!name.starts_with("input/")) names.push_back(name);
    }
    return names;
  }

  bool ScratchIsEmpty() {
    std::error_code fault;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(settings_.scratch_dir, fault)) {
      if (entry.is_regular_file()) return false;
    }
    return true;
  }

  TestFolder folder_;
  SystemClock clock_;
  std::unique_ptr<JobRepository> repository_;
  std::unique_ptr<BlobStore> store_;
  queue::LocalQueue queue_;
  LocalEventBus events_;
  std::unique_ptr<JobService> service_;
  WorkerSettings settings_;
  std::unique_ptr<Instance> instance_ = std::make_unique<Instance>(folder_.path() / "instances");
  std::mutex mutex_;  // guards errors_
  std::vector<std::string> errors_;
};

}  // namespace stemscribe::jobs
