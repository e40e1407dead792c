// stemscribed, the service: songs over HTTP, jobs, results.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <functional>
#include <memory>

#include "app/cli/exit_code.h"
#include "app/cli/heap.h"
#include "app/cli/signal_stop.h"
#include "app/cli/usage.h"
#include "app/service/commands.h"
#include "app/service/service.h"
#include "app/service/setting_flags.h"
#include "app/version.h"
#include "base/error.h"
#include "config/load.h"
#include "db/migrate.h"

namespace stemscribe::app {
namespace {

using Run = std::function<int(const config::Settings&)>;

int Serve(const config::Settings& settings) {
  SignalStop stop(SignalStop::Overdue::kWaitFor);
  const auto service = std::make_shared<Service>(settings);
  stop.OnHangup([weak = std::weak_ptr(service)] {
    if (const auto alive = weak.lock()) alive->Reload();
  });
  service->Run(stop.token());
  return kExitOk;
}

void PrintMigrations(const std::vector<db::MigrationStatus>& migrations) {
  for (const db::MigrationStatus& migration : migrations) {
    fmt::print("{:<24} {}\n", migration.name,
               migration.applied_at ? jobs::FormatUtc(*migration.applied_at) : "not applied");
  }
}

int Migrate(const config::Settings& settings, bool status_only) {
  if (status_only) {
    PrintMigrations(db::MigrationState(settings.database.url));
    return kExitOk;
  }
  const auto applied = db::Migrate(settings.database.url, jobs::SystemClock());
  PrintMigrations(applied);
  if (applied.empty()) fmt::print("the database is up to date\n");
  return kExitOk;
}

struct CleanUpChoice {
  bool dry_run = false;
  int orphans_after_min = 60;
};

int CleanUp(const config::Settings& settings, const CleanUpChoice& choice) {
  const bool dry_run = choice.dry_run;
  const jobs::SweepReport report =
      Core(settings).sweeper.Sweep(dry_run, std::chrono::minutes(choice.orphans_after_min));
  for (const std::string& job : report.expired_jobs) fmt::print("expired job {}\n", job);
  for (const std::string& orphan : report.orphans) fmt::print("orphan      {}\n", orphan);
  fmt::print("{} {} bytes\n", dry_run ? "would free" : "freed", report.bytes);
  return kExitOk;
}

using AddCommand = std::function<CLI::App*(const char* name, const char* help)>;

void AddWorkerCommand(const AddCommand& add, const std::shared_ptr<SettingFlags>& flags, Run& run) {
  CLI::App* worker = add("worker", "Work on the jobs that servers with the same QUEUE_URL accept");
  worker->add_option_function<std::string>(
      "--concurrency",
      [flags](const std::string& text) { flags->given["MAX_CONCURRENT_JOBS"] = text; },
      "Songs transcribed at once: the same as --max-concurrent-jobs");
  worker->callback([&run] {
    run = [](const config::Settings& settings) {
      SignalStop stop(SignalStop::Overdue::kWaitFor);
      return RunWorker(settings, stop.token());
    };
  });
}

void AddJobsCommand(CLI::App& parser, const std::shared_ptr<SettingFlags>& flags, Run& run) {
  CLI::App* all = parser.add_subcommand("jobs", "Look at jobs, and queue failed ones again");
  all->require_subcommand(1);
  const auto add = [&](const char* name, const char* help) {
    CLI::App* command = all->add_subcommand(name, help);
    AddSettingFlags(*command, flags);
    return command;
  };
  struct Choice {
    std::string id, status;
    int limit = 50;
  };
  const auto choice = std::make_shared<Choice>();
  CLI::App* list = add("list", "The newest jobs");
  list->add_option("--status", choice->status, "Only those in this state");
  list->add_option("--limit", choice->limit, "How many; 0 for all")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  list->callback([&run, choice] {
    run = [choice](const config::Settings& settings) {
      return ListJobs(settings, choice->status, choice->limit);
    };
  });
  CLI::App* show = add("show", "All that is known of one job");
  show->add_option("id", choice->id, "The job")->required();
  show->callback([&run, choice] {
    run = [choice](const config::Settings& settings) { return ShowJob(settings, choice->id); };
  });
  CLI::App* requeue = add("requeue", "Queue a failed or cancelled job again, with all its tries");
  requeue->add_option("id", choice->id, "The job, or `all` for all that failed")->required();
  requeue->callback([&run, choice] {
    run = [choice](const config::Settings& settings) { return RequeueJobs(settings, choice->id); };
  });
}

void AddKeysCommand(CLI::App& parser, const std::shared_ptr<SettingFlags>& flags, Run& run) {
  CLI::App* all = parser.add_subcommand("keys", "Make and take away API keys (AUTH=apikey)");
  all->require_subcommand(1);
  struct Choice {
    NewKeyOptions key;
    std::string id, scope = "user";
    bool as_json = false;
  };
  const auto choice = std::make_shared<Choice>();
  const auto add = [&](const char* name, const char* help, auto command) {
    CLI::App* parsed = all->add_subcommand(name, help);
    AddSettingFlags(*parsed, flags);
    parsed->callback([&run, choice, command] {
      run = [choice, command](const config::Settings& settings) {
        return command(settings, *choice);
      };
    });
    return parsed;
  };
  using config::Settings;
  CLI::App* create =
      add("create", "Make a key and show it, once", [](const Settings& settings, Choice& c) {
        c.key.is_admin = c.scope == "admin";
        return CreateKey(settings, c.key, c.as_json);
      });
  create->add_option("name", choice->key.name, "Whose it is, for people")->required();
  create->add_option("--scope", choice->scope, "admin sees all jobs, and the operator's routes")
      ->check(CLI::IsMember({"user", "admin"}))
      ->capture_default_str();
  const auto limit = [&](const char* name, auto& value, const char* help) {
    create->add_option(name, value, help)->check(CLI::Range(0, 1'000'000))->capture_default_str();
  };
  limit("--expires-days", choice->key.expires_days, "It ends after so many days; 0: never");
  limit("--jobs-a-day", choice->key.jobs_a_day, "Songs a day; 0: any number");
  limit("--minutes-a-day", choice->key.minutes_a_day, "Minutes of audio a day; 0: any number");
  limit("--mb-a-day", choice->key.mb_a_day, "Megabytes a day; 0: any number");
  create
      ->add_option("--priority", choice->key.priority,
                   "Its songs are taken before those of keys with less")
      ->check(CLI::Range(-100, 100))
      ->capture_default_str();
  CLI::App* list = add("list", "All keys", [](const Settings& settings, Choice& c) {
    return ListKeys(settings, c.as_json);
  });
  CLI::App* revoke = add("revoke", "End a key", [](const Settings& settings, Choice& c) {
    return RevokeKey(settings, c.id);
  });
  CLI::App* rotate =
      add("rotate", "Give a key a new secret",
          [](const Settings& settings, Choice& c) { return RotateKey(settings, c.id, c.as_json); });
  for (CLI::App* command : {revoke, rotate}) {
    command->add_option("id", choice->id, "The key's id")->required();
  }
  for (CLI::App* command : {create, list, rotate}) {
    command->add_flag("--json", choice->as_json, "Print JSON");
  }
}

void AddMigrateDataCommand(const AddCommand& add, Run& run) {
  CLI::App* migrate =
      add("migrate-data", "Copy jobs and songs of an embedded installation into this one");
  const auto from = std::make_shared<config::Settings>();
  migrate->add_option("--from-database", from->database.url, "Its DATABASE_URL")->required();
  migrate->add_option("--from-storage", from->storage.path, "Its STORAGE_PATH")->required();
  migrate->callback([&run, from] {
    run = [from](const config::Settings& settings) { return MigrateData(*from, settings); };
  });
}

void AddBackupCommand(const AddCommand& add, Run& run) {
  CLI::App* backup =
      add("backup", "Copy jobs, keys and songs into a folder; migrate-data takes it back");
  const auto folder = std::make_shared<std::string>();
  backup->add_option("folder", *folder, "Where to; an earlier backup there is brought up to date")
      ->required();
  backup->callback([&run, folder] {
    run = [folder](const config::Settings& settings) { return Backup(settings, *folder); };
  });
}

/// The commands; the chosen one is in `run` after parsing.
void AddCommands(CLI::App& parser, const std::shared_ptr<SettingFlags>& flags, Run& run) {
  const auto add = [&](const char* name, const char* help) {
    CLI::App* command = parser.add_subcommand(name, help);
    AddSettingFlags(*command, flags);
    return command;
  };
  add("serve", "Serve the API and work on jobs; with QUEUE_URL only serve")->callback([&run] {
    run = Serve;
  });
  AddWorkerCommand(add, flags, run);
  AddJobsCommand(parser, flags, run);
  AddKeysCommand(parser, flags, run);
  AddMigrateDataCommand(add, run);
  AddBackupCommand(add, run);

  CLI::App* migrate = add("migrate", "Bring the database's schema up to date");
  auto status_only = std::make_shared<bool>(false);
  migrate->add_flag("--status", *status_only, "Only show what is applied");
  migrate->callback([&run, status_only] {
    run = [status_only](const config::Settings& settings) {
      return Migrate(settings, *status_only);
    };
  });

  CLI::App* cleanup = add("cleanup", "Delete expired jobs and orphaned files now");
  auto choice = std::make_shared<CleanUpChoice>();
  cleanup->add_flag("--dry-run", choice->dry_run, "Only list what would go");
  cleanup
      ->add_option("--orphans-after", choice->orphans_after_min,
                   "Minutes after which files of no job go; 0 is safe only while nobody uploads")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  cleanup->callback([&run, choice] {
    run = [choice](const config::Settings& settings) { return CleanUp(settings, *choice); };
  });

  CLI::App* show = add("config", "Print the settings that are in force, secrets masked");
  struct Form {
    bool example = false, markdown = false;
  };
  const auto form = std::make_shared<Form>();
  auto* example = show->add_flag("--example", form->example,
                                 "Print a commented .env with the defaults instead");
  show->add_flag("--markdown", form->markdown, "Print docs/SETTINGS.md instead")->excludes(example);
  show->callback([&run, form] {
    run = [form](const config::Settings& settings) {
      fmt::print("{}", form->example    ? config::ExampleDotEnv()
                       : form->markdown ? config::SettingsMarkdown()
                                        : config::ShowSettings(settings));
      return kExitOk;
    };
  });
}

int Main(int argc, char** argv) {
  GiveFreedMemoryBack();
  CLI::App parser("Music transcription as a service: songs over HTTP, jobs, results",
                  "stemscribed");
  parser.set_version_flag("--version", std::string("stemscribed ") + kVersion);
  parser.require_subcommand(1);
  parser.footer(
      "Settings come from flags, the environment (API_PORT) and .env, in this order.\n"
      "Exit codes: 0 done, 2 wrong usage or settings, 4 failed.");
  auto flags = std::make_shared<SettingFlags>();
  Run run;
  AddCommands(parser, flags, run);
  try {
    parser.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return ExitOf(parser, error);
  }
  try {
    return run(Load(*flags));
  } catch (const Error& error) {
    fmt::print(stderr, "stemscribed: {}\n", error.what());
    for (const FieldError& detail : error.details()) {
      fmt::print(stderr, "  {} {}\n", detail.field, detail.message);
    }
    return ExitCodeFor(error.code());
  } catch (const std::exception& error) {
    fmt::print(stderr, "stemscribed: {}\n", error.what());
    return kExitFailed;
  }
}

}  // namespace
}  // namespace stemscribe::app

int main(int argc, char** argv) { return stemscribe::app::Main(argc, argv); }
