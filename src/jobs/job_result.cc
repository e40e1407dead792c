#include "jobs/job_result.h"

#include <boost/json.hpp>

#include "base/error.h"

namespace stemscribe::jobs {

namespace json = boost::json;

const Artefact* FindArtefact(const Artefacts& artefacts, std::string_view kind,
                             std::string_view name) {
  for (const Artefact& artefact : artefacts) {
    if (artefact.kind == kind && artefact.name == name) return &artefact;
  }
  return nullptr;
}

json::object ToJson(const JobResult& result) {
  json::array artefacts;
  for (const Artefact& artefact : result.artefacts) {
    artefacts.push_back({{"kind", artefact.kind},
                         {"name", artefact.name},
                         {"path", artefact.path},
                         {"content_type", artefact.content_type},
                         {"bytes", artefact.bytes},
                         {"sha256", artefact.sha256}});
  }
  return {{"artefacts", std::move(artefacts)}, {"metadata", result.metadata}};
}

JobResult ResultFromJson(std::string_view text) {
  try {
    const json::object object =
        json::parse(json::string_view(text.data(), text.size())).as_object();
    JobResult result;
    for (const json::value& item : object.at("artefacts").as_array()) {
      const auto text_of = [&item](const char* field) {
        return json::value_to<std::string>(item.as_object().at(field));
      };
      result.artefacts.push_back(
          {text_of("kind"), text_of("name"), text_of("path"), text_of("content_type"),
           item.as_object().at("bytes").to_number<int64_t>(), text_of("sha256")});
    }
    result.metadata = object.at("metadata").as_object();
    return result;
  } catch (const std::exception& error) {
    throw Error(ErrorCode::kInternal, std::string("a stored result is damaged: ") + error.what());
  }
}

}  // namespace stemscribe::jobs
