#include "lib/task/checkpoint.h"

#include <absl/strings/str_cat.h>
#include <nlohmann/json.hpp>

#include "lib/base/hash.h"

namespace tocsin {
namespace {

using nlohmann::json;

// Of the manifest and of how files lie beside it.
constexpr int64_t kForm = 1;

std::string ChecksumOf(const json& body) {
  Checksum checksum;
  checksum.Add(body.dump());
  return checksum.Hex();
}

absl::Status Differs(const std::string& what, const std::string& found, const std::string& own) {
  return absl::FailedPreconditionError(
      absl::StrCat("it is of ", what, " ", found, ", and this is ", own));
}

CheckpointManifest FromJson(const json& body) {
  CheckpointManifest manifest;
  manifest.task = body.at("task").get<std::string>();
  manifest.identity.cluster = body.at("cluster").get<std::string>();
  manifest.identity.semantics = body.at("semantics").get<std::string>();
  manifest.identity.state_format = body.at("state_format").get<int64_t>();
  for (const auto& [topic, epoch] : body.at("epochs").items()) {
    manifest.identity.epochs[topic] = epoch.get<std::string>();
  }
  for (const json& one : body.at("position")) {
    manifest.position
        .next[{one.at("topic").get<std::string>(), one.at("partition").get<int32_t>()}] =
        one.at("next").get<int64_t>();
  }
  manifest.position.journal_sequence = body.at("journal").at("sequence").get<int64_t>();
  manifest.position.journal_offset = body.at("journal").at("offset").get<int64_t>();
  for (const json& one : body.at("files")) {
    manifest.files.push_back({one.at("name").get<std::string>(), one.at("bytes").get<int64_t>(),
                              one.at("checksum").get<std::string>()});
  }
  return manifest;
}

}  // namespace

std::string EncodeManifest(const CheckpointManifest& manifest) {
  json position = json::array();
  for (const auto& [source, next] : manifest.position.next) {
    position.push_back({{"topic", source.topic}, {"partition", source.partition}, {"next", next}});
  }
  json files = json::array();
  for (const CheckpointFile& file : manifest.files) {
    files.push_back({{"name", file.name}, {"bytes", file.bytes}, {"checksum", file.checksum}});
  }
  const json body = {{"task", manifest.task},
                     {"cluster", manifest.identity.cluster},
                     {"semantics", manifest.identity.semantics},
                     {"state_format", manifest.identity.state_format},
                     {"epochs", json(manifest.identity.epochs)},
                     {"position", position},
                     {"journal",
                      {{"sequence", manifest.position.journal_sequence},
                       {"offset", manifest.position.journal_offset}}},
                     {"files", files}};
  return json({{"form", kForm}, {"checkpoint", body}, {"checksum", ChecksumOf(body)}}).dump(1) +
         "\n";
}

absl::StatusOr<CheckpointManifest> ParseManifest(const std::string& text) {
  try {
    const json whole = json::parse(text);
    if (const auto form = whole.at("form").get<int64_t>(); form != kForm) {
      return Differs("form", absl::StrCat(form), absl::StrCat(kForm));
    }
    const json& body = whole.at("checkpoint");
    if (whole.at("checksum").get<std::string>() != ChecksumOf(body)) {
      return absl::DataLossError("its manifest is damaged: its checksum is another");
    }
    return FromJson(body);
  } catch (const json::exception& error) {
    return absl::DataLossError(absl::StrCat("its manifest is unreadable: ", error.what()));
  }
}

absl::Status CheckManifest(const CheckpointManifest& manifest, const std::string& task,
                           const TaskIdentity& identity) {
  const TaskIdentity& found = manifest.identity;
  if (manifest.task != task) return Differs("task", manifest.task, task);
  if (found.cluster != identity.cluster) {
    return Differs("the Kafka cluster", found.cluster, identity.cluster);
  }
  if (found.state_format != identity.state_format) {
    return Differs("state format", absl::StrCat(found.state_format),
                   absl::StrCat(identity.state_format));
  }
  if (found.semantics != identity.semantics) {
    return Differs("semantics version", found.semantics, identity.semantics);
  }
  for (const auto& [topic, epoch] : identity.epochs) {
    const auto it = found.epochs.find(topic);
    if (it == found.epochs.end() || it->second.empty() || epoch.empty()) continue;
    if (it->second != epoch) {
      return Differs(absl::StrCat("topic ", topic, " of epoch"), it->second, epoch);
    }
  }
  return absl::OkStatus();
}

std::pair<int64_t, int64_t> ProgressOf(const TaskPosition& position) {
  int64_t records = 0;
  for (const auto& [source, next] : position.next) records += next;
  return {position.journal_sequence, records};
}

}  // namespace tocsin
