#include "lib/kafka/topics.h"

#include <array>
#include <thread>

#include <absl/strings/numbers.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_join.h>
#include <openssl/rand.h>

#include "lib/kafka/admin.h"
#include "lib/kafka/client_base.h"
#include "lib/kafka/transactional.h"
#include "tocsin/v1/warning.pb.h"

namespace tocsin {
namespace {

using kafka_internal::Admin;
using kafka_internal::Describe;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kReadPatience{30};
constexpr std::chrono::milliseconds kRetryEvery{50};
// Also fences: of two tools that run at once only one can write epochs.
constexpr char kToolId[] = "tocsin.topics";
constexpr char kEpochKey[] = "tocsin.epoch";

std::map<std::string, std::string> WantedSettings(const TopicSpec& spec) {
  std::map<std::string, std::string> wanted = {
      // Event times may lie years back or hours ahead: the broker would delete or refuse such
      // records.
      {"message.timestamp.type", "LogAppendTime"},
      {"cleanup.policy", spec.compacted ? "compact" : "delete"},
      {"min.insync.replicas", absl::StrCat(spec.min_insync_replicas)},
      {"max.message.bytes", absl::StrCat(spec.max_message_bytes)},
      {"unclean.leader.election.enable", "false"},
  };
  if (spec.compacted) {
    wanted["min.compaction.lag.ms"] = absl::StrCat(spec.min_compaction_lag.count());
    wanted["delete.retention.ms"] = absl::StrCat(spec.delete_retention.count());
  } else {
    wanted["retention.ms"] = absl::StrCat(spec.retention.count());
    wanted["retention.bytes"] = "-1";
  }
  return wanted;
}

// Settings of which more than wanted is as good; -1 is without limit where a limit is of time.
bool IsGoodEnough(const std::string& name, const std::string& found, const std::string& wanted) {
  if (found == wanted) return true;
  const bool minimum = name == "min.insync.replicas" || name == "max.message.bytes" ||
                       name == "min.compaction.lag.ms" || name == "delete.retention.ms" ||
                       name == "retention.ms";
  int64_t found_value = 0;
  int64_t wanted_value = 0;
  if (!minimum || !absl::SimpleAtoi(found, &found_value) ||
      !absl::SimpleAtoi(wanted, &wanted_value)) {
    return false;
  }
  if (name == "retention.ms") {
    if (found_value < 0) return true;
    if (wanted_value < 0) return false;
  }
  return found_value >= wanted_value;
}

// What stands first in a partition.
struct First {
  bool empty = false;     // nothing, or nothing committed
  bool aged_out = false;  // retention has removed the beginning
  std::string epoch;      // empty: the first record is no epoch record
};

absl::StatusOr<std::map<SourceId, First>> ReadFirst(const KafkaConfig& config,
                                                    const std::set<SourceId>& sources) {
  auto created = kafka_internal::CreateConsumer(config, kToolId, /*keep_epochs=*/true);
  if (!created.ok()) return created.status();
  Consumer& consumer = **created;
  std::map<SourceId, First> result;
  std::map<SourceId, int64_t> offsets;
  for (const SourceId& source : sources) {
    const auto marks = consumer.Watermarks(source);
    if (!marks.ok()) return marks.status();
    result[source].aged_out = marks->first > 0;
    offsets[source] = Consumer::kBeginning;
  }
  absl::Status status = consumer.Assign(offsets);
  if (!status.ok()) return status;
  std::set<SourceId> missing = sources;
  for (const auto deadline = Clock::now() + kReadPatience; !missing.empty();) {
    if (Clock::now() >= deadline) {
      return absl::UnavailableError(
          absl::StrCat("the first record of ", Describe(*missing.begin()), " cannot be read"));
    }
    const SourceId next = *missing.begin();
    const auto polled = consumer.PollSource(next, 1, std::chrono::milliseconds(200));
    if (!polled.ok()) return polled.status();
    First& first = result[next];
    if (!polled->records.empty()) {
      const InputRecord& record = polled->records.front();
      v1::Epoch epoch;
      if (kafka_internal::IsEpoch(record) && epoch.ParseFromString(record.value) &&
          epoch.topic() == next.topic) {
        first.epoch = epoch.epoch();
        first.aged_out = false;
      }
      missing.erase(next);
    } else if (polled->at_end.contains(next)) {
      first.empty = !first.aged_out;
      missing.erase(next);
    }
  }
  return result;
}

std::set<SourceId> PartitionsOf(const std::vector<TopicSpec>& specs) {
  std::set<SourceId> partitions;
  for (const TopicSpec& spec : specs) {
    for (int32_t p = 0; p < spec.partitions; ++p) partitions.insert(SourceId{spec.name, p});
  }
  return partitions;
}

absl::StatusOr<std::string> RandomEpoch() {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    return absl::InternalError("the system gives no random bytes");
  }
  std::string hex;
  for (const unsigned char byte : bytes) absl::StrAppend(&hex, absl::Hex(byte, absl::kZeroPad2));
  return hex;
}

// A topic that was just made is not known everywhere at once.
absl::StatusOr<std::map<SourceId, First>> ReadFirstOfNew(const KafkaConfig& config,
                                                         const std::set<SourceId>& sources) {
  const auto deadline = Clock::now() + kReadPatience;
  while (true) {
    auto first = ReadFirst(config, sources);
    if (!absl::IsNotFound(first.status()) || Clock::now() >= deadline) return first;
    std::this_thread::sleep_for(kRetryEvery);
  }
}

// Writes the epochs of all topics of which no partition holds a record, in one transaction.
absl::Status WriteEpochs(const KafkaConfig& config, const std::vector<TopicSpec>& specs) {
  auto first = ReadFirstOfNew(config, PartitionsOf(specs));
  if (!first.ok()) return first.status();
  const auto is_empty = [&](const TopicSpec& spec) {
    for (const SourceId& partition : PartitionsOf({spec})) {
      if (!first->at(partition).empty) return false;
    }
    return true;
  };
  if (std::none_of(specs.begin(), specs.end(), is_empty)) return absl::OkStatus();
  auto producer = TransactionalProducer::Create(config, {.id = kToolId});
  if (!producer.ok()) return producer.status();
  absl::Status status = (*producer)->Init();
  if (!status.ok()) return status;
  // From here on nobody else can commit epochs: look again at what is there.
  first = ReadFirstOfNew(config, PartitionsOf(specs));
  if (!first.ok()) return first.status();
  if (std::none_of(specs.begin(), specs.end(), is_empty)) return absl::OkStatus();
  status = (*producer)->Begin();
  for (const TopicSpec& spec : specs) {
    if (!is_empty(spec)) continue;
    const auto random = RandomEpoch();
    if (!random.ok()) return random.status();
    v1::Epoch epoch;
    epoch.set_epoch(*random);
    epoch.set_topic(spec.name);
    for (int32_t p = 0; status.ok() && p < spec.partitions; ++p) {
      status = (*producer)->Produce({.target = {spec.name, p},
                                     .key = kEpochKey,
                                     .value = epoch.SerializeAsString(),
                                     .tombstone = false,
                                     .headers = {{kTypeHeader, kEpochType}}});
    }
  }
  if (status.ok()) status = (*producer)->Commit();
  if (!status.ok()) return status;
  // A commit is answered before its markers are written: wait until readers see it.
  const auto deadline = Clock::now() + kReadPatience;
  while (true) {
    first = ReadFirst(config, PartitionsOf(specs));
    if (!first.ok()) return first.status();
    if (std::none_of(specs.begin(), specs.end(), is_empty)) return absl::OkStatus();
    if (Clock::now() >= deadline) {
      return absl::UnavailableError("the epoch records that were written cannot be read");
    }
    std::this_thread::sleep_for(kRetryEvery);
  }
}

void CheckEpochs(const TopicSpec& spec, const std::map<SourceId, First>& first,
                 std::vector<std::string>& problems) {
  std::set<std::string> epochs;
  for (const SourceId& partition : PartitionsOf({spec})) {
    const First& found = first.at(partition);
    if (!found.epoch.empty()) {
      epochs.insert(found.epoch);
    } else if (!found.aged_out) {
      problems.push_back(absl::StrCat("topic ", spec.name, ": partition ", partition.partition,
                                      " does not begin with an epoch record: it was not made by "
                                      "the topic tool"));
    }
  }
  if (epochs.size() > 1) {
    problems.push_back(
        absl::StrCat("topic ", spec.name, ": its partitions are of different epochs"));
  }
}

}  // namespace

absl::Status CheckTopics(const KafkaConfig& config, const std::vector<TopicSpec>& specs) {
  Admin admin(config, kToolId);
  const absl::Status started = admin.Start();
  if (!started.ok()) return started;
  const auto topics = admin.List();
  if (!topics.ok()) return topics.status();
  std::vector<std::string> problems;
  std::vector<TopicSpec> present;
  std::vector<std::string> names;
  for (const TopicSpec& spec : specs) {
    const auto found = topics->find(spec.name);
    if (found == topics->end()) {
      problems.push_back(absl::StrCat("topic ", spec.name, " does not exist"));
      continue;
    }
    names.push_back(spec.name);
    if (found->second.partitions == spec.partitions) {
      present.push_back(spec);
    } else {
      problems.push_back(absl::StrCat("topic ", spec.name, ": partitions is ",
                                      found->second.partitions, ", expected ", spec.partitions));
    }
    if (found->second.replicas < spec.replicas) {
      problems.push_back(absl::StrCat("topic ", spec.name, ": replicas is ", found->second.replicas,
                                      ", expected at least ", spec.replicas));
    }
  }
  const auto settings = admin.ReadSettings(names);
  if (!settings.ok()) return settings.status();
  for (const TopicSpec& spec : specs) {
    const auto of_topic = settings->find(spec.name);
    if (of_topic == settings->end()) continue;
    for (const auto& [name, wanted] : WantedSettings(spec)) {
      const auto entry = of_topic->second.find(name);
      const std::string found = entry == of_topic->second.end() ? "unknown" : entry->second;
      if (!IsGoodEnough(name, found, wanted)) {
        problems.push_back(
            absl::StrCat("topic ", spec.name, ": ", name, " is ", found, ", expected ", wanted));
      }
    }
  }
  const auto first = ReadFirst(config, PartitionsOf(present));
  if (!first.ok()) return first.status();
  for (const TopicSpec& spec : present) CheckEpochs(spec, *first, problems);
  if (problems.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrJoin(problems, "; "));
}

absl::Status EnsureTopics(const KafkaConfig& config, const std::vector<TopicSpec>& specs) {
  Admin admin(config, kToolId);
  absl::Status status = admin.Start();
  if (!status.ok()) return status;
  const auto topics = admin.List();
  if (!topics.ok()) return topics.status();
  std::vector<TopicSpec> missing;
  std::vector<TopicSpec> whole;
  std::map<std::string, std::map<std::string, std::string>> settings;
  for (const TopicSpec& spec : specs) {
    const auto found = topics->find(spec.name);
    if (found == topics->end()) {
      missing.push_back(spec);
      settings[spec.name] = WantedSettings(spec);
    }
    // One with another number of partitions is left alone and found by the check.
    if (found == topics->end() || found->second.partitions == spec.partitions)
      whole.push_back(spec);
  }
  status = admin.CreateTopics(missing, settings);
  if (!status.ok()) return status;
  status = WriteEpochs(config, whole);
  if (!status.ok()) return status;
  return CheckTopics(config, specs);
}

absl::StatusOr<std::map<std::string, std::chrono::milliseconds>> ReadRetention(
    const KafkaConfig& config, const std::set<std::string>& topics) {
  Admin admin(config, kToolId);
  const absl::Status started = admin.Start();
  if (!started.ok()) return started;
  const auto settings = admin.ReadSettings({topics.begin(), topics.end()});
  if (!settings.ok()) return settings.status();
  std::map<std::string, std::chrono::milliseconds> retention;
  for (const std::string& topic : topics) {
    const auto found = settings->find(topic);
    if (found == settings->end()) {
      return absl::UnavailableError(absl::StrCat("the settings of topic ", topic, " are not told"));
    }
    const auto value = [&](const std::string& name) {
      const auto entry = found->second.find(name);
      return entry == found->second.end() ? std::string() : entry->second;
    };
    int64_t ms = 0;
    if (value("cleanup.policy") == "compact") {
      ms = kKeptForEver.count();
    } else if (!absl::SimpleAtoi(value("retention.ms"), &ms)) {
      return absl::InternalError(absl::StrCat("topic ", topic, ": retention.ms is '",
                                              value("retention.ms"), "', which is no number"));
    }
    retention[topic] = std::chrono::milliseconds(ms);
  }
  return retention;
}

absl::StatusOr<std::map<std::string, std::string>> ReadEpochs(const KafkaConfig& config,
                                                              const std::set<std::string>& topics) {
  std::set<SourceId> partitions;
  for (const std::string& topic : topics) partitions.insert(SourceId{topic, 0});
  const auto first = ReadFirst(config, partitions);
  if (!first.ok()) return first.status();
  std::map<std::string, std::string> epochs;
  for (const auto& [partition, found] : *first) {
    if (found.epoch.empty() && !found.aged_out) {
      return absl::FailedPreconditionError(
          absl::StrCat("topic ", partition.topic,
                       " does not begin with an epoch record: it was not made by the topic tool"));
    }
    epochs[partition.topic] = found.epoch;
  }
  return epochs;
}

absl::StatusOr<std::string> ReadEpoch(const KafkaConfig& config, const std::string& topic) {
  const auto epochs = ReadEpochs(config, {topic});
  if (!epochs.ok()) return epochs.status();
  return epochs->at(topic);
}

}  // namespace tocsin
