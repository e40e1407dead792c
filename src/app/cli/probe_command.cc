// stemscribe probe: what a file is, as JSON.

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>

#include "app/cli/commands.h"
#include "app/cli/confine.h"
#include "app/cli/exit_code.h"
#include "audio/probe.h"
#include "base/json_text.h"

namespace stemscribe::app {

void AddProbeCommand(CLI::App& parser, CommandContext& context) {
  CLI::App* command =
      parser.add_subcommand("probe", "Tell what a file is, and whether it can be transcribed");
  auto file = std::make_shared<std::string>();
  auto from_stdin = std::make_shared<bool>(false);
  CLI::Option* name = command->add_option("FILE", *file, "The file");
  command->add_flag("--from-stdin", *from_stdin, "Read the file's name from standard input")
      ->excludes(name);
  command->callback([file, from_stdin, &context] {
    if (file->empty() && !*from_stdin) throw CLI::RequiredError("FILE");
    context.run = [file, from_stdin, &context] {
      if (*from_stdin && !std::getline(std::cin, *file)) return kExitUsage;
      Confine(context.sandbox, {*file}, {});
      const audio::ProbeResult probe = audio::Probe(*file);
      fmt::print("{}\n", ToJsonText(audio::ToJson(probe)));
      return probe.decodable ? kExitOk : kExitBadInput;
    };
  });
}

}  // namespace stemscribe::app
