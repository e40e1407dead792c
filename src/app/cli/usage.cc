#include "app/cli/usage.h"

#include <fmt/format.h>

#include <cstdio>
#include <string>
#include <vector>

#include "app/cli/exit_code.h"

namespace stemscribe::app {

int ExitOf(const CLI::App& parser, const CLI::ParseError& error) {
  const std::vector<std::string> unknown = parser.remaining(/*recurse=*/true);
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr && !unknown.empty()) {
    fmt::print(stderr, "{} is no command or option.\nRun with --help for more information.\n",
               unknown.front());
    return kExitUsage;
  }
  return parser.exit(error) == 0 ? kExitOk : kExitUsage;
}

}  // namespace stemscribe::app
