// JSON from the child process and from clients.
#include <boost/json.hpp>

#include "base/json_text.h"
#include "fuzz.h"
#include "jobs/tool.h"

using namespace stemscribe;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = fuzz::Text(data, size);
  if (const auto progress = jobs::ParseProgressLine(text)) {
    fuzz::Check(progress->percent >= 0 && progress->percent <= 100);
    fuzz::Check(!progress->seconds_left || *progress->seconds_left >= 0);
  }
  boost::system::error_code fault;
  const boost::json::value value =
      boost::json::parse(boost::json::string_view(text.data(), text.size()), fault);
  if (!fault && value.is_object()) {
    boost::json::parse(ToJsonText(value.get_object()), fault);
    fuzz::Check(!fault);
  }
  return 0;
}
