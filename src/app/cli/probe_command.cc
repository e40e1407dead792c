// stemscribe probe: what a file is, as JSON.

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>
#include <memory>

#include "app/cli/commands.h"
#include "app/cli/exit_code.h"
#include "audio/probe.h"
#include "base/json_text.h"

namespace stemscribe::app {

void AddProbeCommand(CLI::App& parser, CommandContext& context) {
  CLI::App* command =
      parser.add_subcommand("probe", "Tell what a file is, and whether it can be transcribed");
  auto file = std::make_shared<std::string>();
  command->add_option("FILE", *file, "The file")->required();
  command->callback([file, &context] {
    context.run = [file] {
      const audio::ProbeResult probe = audio::Probe(*file);
      fmt::print("{}\n", ToJsonText(audio::ToJson(probe)));
      return probe.decodable ? kExitOk : kExitBadInput;
    };
  });
}

}  // namespace stemscribe::app
