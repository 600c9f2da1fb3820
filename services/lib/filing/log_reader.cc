#include "lib/filing/log_reader.h"

#include <filesystem>
#include <set>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/domain/merge.h"
#include "lib/filing/records.h"
#include "lib/kafka/topics.h"
#include "lib/service/service.h"

namespace tocsin {
namespace {

constexpr size_t kBatch = 500;
constexpr std::chrono::milliseconds kWait{200};

}  // namespace

absl::StatusOr<std::unique_ptr<LogReader>> LogReader::Create(const KafkaConfig& kafka,
                                                             const std::string& topic,
                                                             const MissionId& mission) {
  TOCSIN_ASSIGN_OR_RETURN(std::unique_ptr<Consumer> consumer,
                          Consumer::Create(kafka, StrCat("ingest.", topic)));
  std::unique_ptr<LogReader> reader(new LogReader(std::move(consumer), topic, mission));
  TOCSIN_ASSIGN_OR_RETURN(reader->partitions_, reader->consumer_->PartitionCount(topic));
  TOCSIN_ASSIGN_OR_RETURN(const std::string cluster, reader->consumer_->ClusterId());
  TOCSIN_ASSIGN_OR_RETURN(const std::string epoch, ReadEpoch(kafka, topic));
  reader->origin_ = StrCat("format 1, cluster ", cluster, ", topic ", topic, ", epoch ", epoch,
                           ", partitions ", reader->partitions_);
  return reader;
}

absl::StatusOr<std::unique_ptr<Store>> LogReader::OpenStore(const std::string& path) {
  TOCSIN_ASSIGN_OR_RETURN(std::unique_ptr<Store> store, Store::Open(path));
  const std::string found = view::Origin(*store);
  if (found == origin_) return store;
  if (!found.empty()) {
    Log(LogLevel::kWarning, "the view is of another log; making it anew",
        {{"path", path}, {"found", found}, {"expected", origin_}});
    store.reset();
    std::error_code error;
    std::filesystem::remove_all(path, error);
    if (error) return absl::UnavailableError(StrCat("removing ", path, ": ", error.message()));
    TOCSIN_ASSIGN_OR_RETURN(store, Store::Open(path));
  }
  Overlay overlay(*store);
  view::SetOrigin(overlay, origin_);
  TOCSIN_RETURN_IF_ERROR(store->Apply(overlay.Take()));
  return store;
}

absl::Status LogReader::CatchUp(
    Store& store, IngestMetrics& metrics, const std::stop_token& stop,
    absl::FunctionRef<absl::Status(absl::FunctionRef<absl::Status()>)> locked) {
  std::map<SourceId, int64_t> from;
  std::set<SourceId> behind;
  for (int32_t partition = 0; partition < partitions_; ++partition) {
    from[{topic_, partition}] = Consumer::kBeginning;
    behind.insert({topic_, partition});
  }
  TOCSIN_RETURN_IF_ERROR(locked([&]() -> absl::Status {
    for (const auto& [partition, offset] : view::Positions(store)) {
      if (partition < partitions_) from[{topic_, partition}] = offset;
    }
    return absl::OkStatus();
  }));
  for (auto& [source, offset] : from) {
    TOCSIN_ASSIGN_OR_RETURN(const auto watermarks, consumer_->Watermarks(source));
    // What retention has removed while nobody looked is not missed: the view only ever adds.
    if (offset < watermarks.first) offset = Consumer::kBeginning;
    if (offset > watermarks.second) {
      return absl::FailedPreconditionError(
          StrCat(topic_, "[", source.partition, "] ends at ", watermarks.second,
                 ", but the view has read to ", offset,
                 ": the log has lost records; remove the state folder to rebuild the view"));
    }
  }
  TOCSIN_RETURN_IF_ERROR(consumer_->Assign(from));
  while (!behind.empty()) {
    if (stop.stop_requested()) return absl::CancelledError("stopped while catching up");
    TOCSIN_ASSIGN_OR_RETURN(const Consumer::Polled polled, consumer_->Poll(kBatch, kWait));
    if (!polled.records.empty()) {
      TOCSIN_RETURN_IF_ERROR(locked([&] { return Take(polled.records, store, metrics); }));
    }
    for (const SourceId& source : polled.at_end) behind.erase(source);
  }
  // Nothing is read until the next time: ingest knows what it writes itself.
  return consumer_->Assign({});
}

absl::Status LogReader::Take(const std::vector<InputRecord>& records, Store& store,
                             IngestMetrics& metrics) {
  Overlay overlay(store);
  for (const InputRecord& record : records) {
    absl::StatusOr<ParsedRecord> parsed = FromRecord(record, mission_);
    if (!parsed.ok()) {
      metrics.Foreign();
      Log(LogLevel::kError, "a record of the own topic is no event; passed over",
          {{"topic", record.source.topic},
           {"partition", record.source.partition},
           {"offset", record.offset},
           {"why", std::string(parsed.status().message())}});
      view::Skip(overlay, record.source.partition, record.offset);
      continue;
    }
    view::Apply(overlay, {parsed->event, record.value, ContentHash(parsed->event),
                          record.source.partition, record.offset, parsed->mark});
  }
  TOCSIN_RETURN_IF_ERROR(store.health());
  return store.Apply(overlay.Take());
}

absl::Status LogReader::Ping() { return consumer_->PartitionCount(topic_).status(); }

}  // namespace tocsin
