// Results as the API shows them.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "http/request.h"
#include "http/response.h"
#include "jobs/job.h"
#include "jobs/job_result.h"

namespace stemscribe::api {

/// The schema `Results` of the contract.
boost::json::object ResultsToJson(const jobs::Job& job, const jobs::JobResult& result);

/// chords.json as lines "start<TAB>end<TAB>label", the format that music researchers exchange.
/// Throws Error{kIo} if it is none.
std::string ChordsToLab(std::string_view chords_json);

/// A name for a download of the job: that of its song, then `file`: "My Song - vocals.mp3".
std::string DownloadName(const jobs::Job& job, const std::string& file);

/// Adds an ETag made of the body, and answers 304 to whom has it.
http::Response WithContentEtag(const http::Request& request, http::Response response);

}  // namespace stemscribe::api
