// The songs that a path stands for.
#pragma once

#include <filesystem>
#include <vector>

namespace stemscribe::pipeline {

/// The songs in a folder and in those below it, by path: the files whose names end like those of
/// audio. What is hidden is left out, and so is what stemscribe has made itself: folders with a
/// result.json. Folders that may not be read count as empty.
std::vector<std::filesystem::path> SongsIn(const std::filesystem::path& folder);

}  // namespace stemscribe::pipeline
