// Headers of a Kafka record in the binary content mode of CloudEvents 1.0 (Kafka protocol binding
// 1.0): the attributes are headers with the prefix `ce_`, the value is the bare protobuf message.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace tocsin {

// `type`: "tocsin.<message>.v1". `source`: who wrote it, e.g. "/router-0". `id`: unique in the
// source; a record with the same source and id is a repetition.
inline std::vector<std::pair<std::string, std::string>> CloudEventHeaders(std::string type,
                                                                          std::string source,
                                                                          std::string id) {
  std::vector<std::pair<std::string, std::string>> headers;
  headers.reserve(5);
  headers.emplace_back("ce_specversion", "1.0");
  headers.emplace_back("ce_type", std::move(type));
  headers.emplace_back("ce_source", std::move(source));
  headers.emplace_back("ce_id", std::move(id));
  headers.emplace_back("content-type", "application/protobuf");
  return headers;
}

}  // namespace tocsin
