#include "storage/s3/s3_xml.h"

#include <fmt/format.h>

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <sstream>

#include "base/error.h"

namespace stemscribe::storage {
namespace {

using Tree = boost::property_tree::ptree;

Tree Parse(const std::string& xml, const char* root) {
  Tree tree;
  try {
    std::istringstream in(xml);
    boost::property_tree::read_xml(in, tree);
    return tree.get_child(root);
  } catch (const boost::property_tree::ptree_error&) {
    throw Error(ErrorCode::kIo, fmt::format("the bucket's answer is no {}", root));
  }
}

jobs::TimePoint TimeOf(const Tree& tree, const char* name) {
  return jobs::ParseUtc(tree.get(name, "")).value_or(jobs::TimePoint());
}

std::string Escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

}  // namespace

S3ErrorBody S3ErrorOf(const std::string& xml) {
  try {
    const Tree error = Parse(xml, "Error");
    return {error.get("Code", ""), error.get("Message", "")};
  } catch (const Error&) {
    return {};
  }
}

S3Page PageOf(const std::string& xml) {
  S3Page page;
  const Tree result = Parse(xml, "ListBucketResult");
  for (const auto& [name, child] : result) {
    if (name == "Contents") {
      page.objects.push_back({.key = child.get("Key", ""),
                              .bytes = child.get<int64_t>("Size", 0),
                              .modified_at = TimeOf(child, "LastModified")});
    } else if (name == "CommonPrefixes") {
      page.folders.push_back(child.get("Prefix", ""));
    }
  }
  if (result.get("IsTruncated", "") == "true") page.next = result.get("NextContinuationToken", "");
  return page;
}

S3UploadPage UploadPageOf(const std::string& xml) {
  S3UploadPage page;
  const Tree result = Parse(xml, "ListMultipartUploadsResult");
  for (const auto& [name, child] : result) {
    if (name != "Upload") continue;
    page.uploads.push_back({.key = child.get("Key", ""),
                            .id = child.get("UploadId", ""),
                            .started_at = TimeOf(child, "Initiated")});
  }
  if (result.get("IsTruncated", "") == "true") {
    page.next_key = result.get("NextKeyMarker", "");
    page.next_id = result.get("NextUploadIdMarker", "");
  }
  return page;
}

std::string UploadIdOf(const std::string& xml) {
  return Parse(xml, "InitiateMultipartUploadResult").get("UploadId", "");
}

std::string CompleteUploadXml(const std::vector<S3Part>& parts) {
  std::string xml = R"(<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">)";
  int number = 0;
  for (const S3Part& part : parts) {
    xml += fmt::format(
        "<Part><ETag>{}</ETag><ChecksumSHA256>{}</ChecksumSHA256><PartNumber>{}</PartNumber></"
        "Part>",
        Escape(part.etag), part.sha256, ++number);
  }
  return xml + "</CompleteMultipartUpload>";
}

std::string DeleteObjectsXml(const std::vector<std::string>& keys) {
  std::string xml =
      R"(<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>)";
  for (const std::string& key : keys) {
    xml += fmt::format("<Object><Key>{}</Key></Object>", Escape(key));
  }
  return xml + "</Delete>";
}

std::string DeleteFaultOf(const std::string& xml) {
  for (const auto& [name, child] : Parse(xml, "DeleteResult")) {
    if (name != "Error" || child.get("Code", "") == "NoSuchKey") continue;
    return child.get("Key", "") + ": " + child.get("Code", "");
  }
  return "";
}

}  // namespace stemscribe::storage
