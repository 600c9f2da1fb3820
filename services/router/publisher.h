// Publishes the rules directory that a deployment ships, once: the first start finds
// fusion.rules.v1 empty and fills it. Whatever is active there later stays so.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/domain/keyed.h"
#include "lib/kafka/client.h"

namespace tocsin {

// A pack, published or ready to be.
struct PackToPublish {
  std::vector<Document> documents;
  Activation activation;
};

// Reads and judges a rules directory with all that a router would: NotFound and InvalidArgument
// name the file, and what is wrong with it.
absl::StatusOr<PackToPublish> ReadPack(const std::filesystem::path& directory,
                                       const std::vector<MissionId>& live_missions);

// The records of fusion.rules.v1, documents first: whoever reads the activation has read them.
std::vector<OutputRecord> RecordsOf(const PackToPublish& pack, const std::string& publisher);

// What the records of fusion.rules.v1 have brought into effect, with its documents; an empty digest
// where nothing is. Unavailable if the topic cannot be read to its end, Cancelled when
// stopped.
absl::StatusOr<PackToPublish> LastActivation(const KafkaConfig& config,
                                             const std::stop_token& stop);

// Publishes the pack if no rules are active. Gives the digest of those that were, whether they are
// the pack's or others; empty: none were, and the pack has been published.
absl::StatusOr<std::string> PublishOnce(const KafkaConfig& config, const PackToPublish& pack,
                                        const std::string& publisher, const std::stop_token& stop);

}  // namespace tocsin
