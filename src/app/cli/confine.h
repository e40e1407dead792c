// The --sandbox flag of the tool: what a command that reads foreign files may still reach.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace stemscribe::app {

/// `mode`: "off", "auto" (as much as this kernel can) or "require". Call while there is one thread.
/// Throws Error{kUnavailable} if all is required and something cannot be had.
void Confine(const std::string& mode, std::vector<std::filesystem::path> readable,
             std::vector<std::filesystem::path> writable);

}  // namespace stemscribe::app
