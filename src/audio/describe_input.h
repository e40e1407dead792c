// Fills StreamInfo from what FFmpeg found. For this folder only.
#pragma once

#include <string>
#include <string_view>

#include "audio/open_input.h"
#include "audio/stream_info.h"

namespace stemscribe::audio {

StreamInfo DescribeInput(const Input& input);

/// `text` as valid UTF-8 without control characters, at most about 1000 bytes; what is no UTF-8
/// becomes U+FFFD.
std::string CleanText(std::string_view text);

}  // namespace stemscribe::audio
