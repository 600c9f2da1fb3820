#include "router/publisher.h"

#include <chrono>
#include <utility>

#include "lib/base/hash.h"
#include "lib/base/mutex.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/geo/place_index.h"
#include "lib/kafka/topic_set.h"
#include "lib/packfiles/load.h"
#include "lib/publication/publication.h"
#include "lib/rules/document_store.h"
#include "lib/rules/pack.h"
#include "lib/wire/cloud_events.h"
#include "lib/wire/wire.h"

namespace tocsin {
namespace {

const SourceId kRulesPartition = {kRulesTopic, 0};

OutputRecord RecordOf(const RulesInput& input, const std::string& publisher) {
  OutputRecord record;
  record.target = kRulesPartition;
  record.key = RecordKey(input);
  record.value = SerializeDeterministic(ToProto(input));
  record.headers =
      CloudEventHeaders("tocsin.rules.v1", StrCat("/", publisher), ShortHashHex(record.value));
  return record;
}

// Waits for every record to be on all in-sync replicas.
absl::Status ProduceAll(Producer& producer, std::vector<OutputRecord> records) {
  struct Outcome {
    Mutex mutex;
    absl::Status first_error ABSL_GUARDED_BY(mutex);
  };
  const auto outcome = std::make_shared<Outcome>();
  for (OutputRecord& record : records) {
    TOCSIN_RETURN_IF_ERROR(
        producer.Produce(std::move(record), [outcome](const absl::StatusOr<int64_t>& offset) {
          const MutexLock lock(outcome->mutex);
          outcome->first_error.Update(offset.status());
        }));
  }
  TOCSIN_RETURN_IF_ERROR(producer.Flush(std::chrono::seconds(30)));
  const MutexLock lock(outcome->mutex);
  return outcome->first_error;
}

}  // namespace

absl::StatusOr<PackToPublish> ReadPack(const std::filesystem::path& directory,
                                       const std::vector<MissionId>& live_missions) {
  PackToPublish result;
  TOCSIN_ASSIGN_OR_RETURN(result.documents, LoadPackFiles(directory));
  TOCSIN_ASSIGN_OR_RETURN(const Pack pack, ParsePack(result.documents, live_missions));
  TOCSIN_RETURN_IF_ERROR(CheckNoDrafts(pack));
  TOCSIN_RETURN_IF_ERROR(MakeS2PlaceIndex(pack.areas_geojson, pack.corridors_geojson).status());
  result.activation = ActivationOf(result.documents, live_missions);
  return result;
}

std::vector<OutputRecord> RecordsOf(const PackToPublish& pack, const std::string& publisher) {
  std::vector<OutputRecord> records;
  for (const Document& document : pack.documents) {
    records.push_back(RecordOf(document, publisher));
  }
  records.push_back(RecordOf(pack.activation, publisher));
  return records;
}

absl::StatusOr<PackToPublish> LastActivation(const KafkaConfig& config,
                                             const std::stop_token& stop) {
  TOCSIN_ASSIGN_OR_RETURN(const std::unique_ptr<Consumer> consumer,
                          Consumer::Create(config, "rules-publisher"));
  TOCSIN_RETURN_IF_ERROR(consumer->Assign({{kRulesPartition, Consumer::kBeginning}}));
  MemoryState state;
  const Publication publication([](const Pack& pack) {
    return MakeS2PlaceIndex(pack.areas_geojson, pack.corridors_geojson).status();
  });
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (std::chrono::steady_clock::now() < deadline) {
    if (stop.stop_requested()) return absl::CancelledError("stopped while reading the rules");
    TOCSIN_ASSIGN_OR_RETURN(const Consumer::Polled polled,
                            consumer->Poll(500, std::chrono::milliseconds(200)));
    for (const InputRecord& record : polled.records) {
      v1::RulesRecord proto;
      // What is no rules record is the router's to put to the dead letters.
      if (record.tombstone || !proto.ParseFromString(record.value)) continue;
      const absl::StatusOr<RulesInput> input = FromProto(proto);
      if (!input.ok()) continue;
      const auto effect = publication.Step(*input, state);
      if (!effect.ok() && !absl::IsInvalidArgument(effect.status())) return effect.status();
    }
    if (polled.at_end.contains(kRulesPartition)) {
      TOCSIN_ASSIGN_OR_RETURN(std::optional<Activation> active, InEffect(state));
      PackToPublish found;
      if (!active) return found;
      found.activation = *std::move(active);
      TOCSIN_ASSIGN_OR_RETURN(found.documents,
                              FindDocuments("activation", found.activation.documents, state));
      return found;
    }
  }
  return absl::UnavailableError(StrCat(kRulesTopic, " could not be read to its end within 60 s"));
}

absl::StatusOr<std::string> PublishOnce(const KafkaConfig& config, const PackToPublish& pack,
                                        const std::string& publisher, const std::stop_token& stop) {
  TOCSIN_ASSIGN_OR_RETURN(const PackToPublish last, LastActivation(config, stop));
  if (!last.activation.digest.empty()) return last.activation.digest;
  TOCSIN_ASSIGN_OR_RETURN(const std::unique_ptr<Producer> producer,
                          Producer::Create(config, publisher));
  std::vector<OutputRecord> records = RecordsOf(pack, publisher);
  std::vector<OutputRecord> activation;
  activation.push_back(std::move(records.back()));
  records.pop_back();
  // The activation only once every document is safe.
  TOCSIN_RETURN_IF_ERROR(ProduceAll(*producer, std::move(records)));
  TOCSIN_RETURN_IF_ERROR(ProduceAll(*producer, std::move(activation)));
  return std::string();
}

}  // namespace tocsin
