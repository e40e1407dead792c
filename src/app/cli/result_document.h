// result.json: the song's results, and by what they were made.
#pragma once

#include <boost/json/object.hpp>
#include <filesystem>

#include "nn/manifest.h"
#include "pipeline/options.h"

namespace stemscribe::app {

/// What the file is; throws Error{kInvalidAudioFile} if it is no song that can be decoded.
boost::json::object DescribeInput(const std::filesystem::path& song);

boost::json::object MakeResultDocument(const pipeline::Result& result,
                                       const pipeline::Options& options,
                                       const nn::Manifest& manifest,
                                       const boost::json::object& input);

}  // namespace stemscribe::app
