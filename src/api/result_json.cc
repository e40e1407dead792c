#include "api/result_json.h"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>
#include <filesystem>

#include "base/sha256.h"
#include "http/conditional.h"

namespace stemscribe::api {
namespace {

namespace json = boost::json;

constexpr std::array kAlways = {"duration", "tempo_bpm", "num_frames", "num_chords"};

}  // namespace

json::object ResultsToJson(const jobs::Job& job, const jobs::JobResult& result) {
  const std::string base = "/api/v1/jobs/" + job.id;
  json::object stems;
  bool has_frames = false;
  bool has_notes = false;
  bool has_chords = false;
  for (const jobs::Artefact& artefact : result.artefacts) {
    if (artefact.kind == "stem") stems[artefact.name] = base + "/stems/" + artefact.name;
    has_frames |= artefact.kind == "frames";
    has_notes |= artefact.kind == "notes";
    has_chords |= artefact.kind == "chords";
  }
  json::object metadata = result.metadata;
  for (const char* name : kAlways) metadata.emplace(name, 0);
  return {{"job_id", job.id},
          {"status", jobs::StatusName(job.status)},
          {"results",
           {{"stems", std::move(stems)},
            {"processed_frames", has_frames ? json::value(base + "/frames") : nullptr},
            {"notes", has_notes ? json::value(base + "/notes") : nullptr},
            {"chords", has_chords ? json::value(base + "/chords") : nullptr},
            {"archive", base + "/archive"},
            {"metadata", std::move(metadata)}}}};
}

std::string ChordsToLab(std::string_view chords_json) {
  try {
    const json::value document = json::parse(chords_json);  // must outlive the loop
    std::string lines;
    for (const json::value& chord : document.at("chords").as_array()) {
      lines += fmt::format("{:.3f}\t{:.3f}\t{}\n", chord.at("start").to_number<double>(),
                           chord.at("end").to_number<double>(),
                           std::string_view(chord.at("label").as_string()));
    }
    return lines;
  } catch (const std::exception&) {
    throw Error(ErrorCode::kIo, "chords.json is not what the tool writes");
  }
}

std::string DownloadName(const jobs::Job& job, const std::string& file) {
  const std::string song =
      job.name.empty() ? std::filesystem::path(job.input_filename).stem().string() : job.name;
  return song + " - " + file;
}

http::Response WithContentEtag(const http::Request& request, http::Response response) {
  Sha256 sha;
  sha.Update(std::as_bytes(std::span(std::get<std::string>(response.body))));
  http::ApplyEtag(request, "\"" + sha.FinishHex().substr(0, 32) + "\"", response);
  return response;
}

}  // namespace stemscribe::api
