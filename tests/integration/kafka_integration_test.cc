// The Kafka adapters against a real broker.
#include <absl/strings/str_cat.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lib/base/mutex.h"
#include "lib/kafka/topic_set.h"
#include "lib/kafka/transactional.h"
#include "tests/integration/kafka_fixture.h"

namespace tocsin::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

OutputRecord Record(const SourceId& target, const std::string& value) {
  OutputRecord record;
  record.target = target;
  record.value = value;
  return record;
}

std::vector<std::string> Values(const std::vector<InputRecord>& records) {
  std::vector<std::string> values;
  values.reserve(records.size());
  for (const InputRecord& record : records) values.push_back(record.value);
  return values;
}

std::vector<std::string> Numbered(int count) {
  std::vector<std::string> values;
  for (int i = 0; i < count; ++i) values.push_back(absl::StrCat("value-", i));
  return values;
}

std::unique_ptr<TransactionalProducer> MakeProducer(const std::string& id,
                                                    milliseconds timeout = milliseconds(15'000)) {
  auto producer =
      TransactionalProducer::Create(KafkaBroker::Get().config(), {.id = id, .timeout = timeout});
  EXPECT_TRUE(producer.ok()) << producer.status();
  const absl::Status started = (*producer)->Init();
  EXPECT_TRUE(started.ok()) << started;
  return std::move(*producer);
}

std::unique_ptr<Consumer> MakeConsumer(const std::string& group) {
  auto consumer = Consumer::Create(KafkaBroker::Get().config(), group);
  EXPECT_TRUE(consumer.ok()) << consumer.status();
  return std::move(*consumer);
}

TEST(ConsumerTest, ReadsRecordsKeysHeadersAndTombstonesInOrder) {
  const SourceId topic = MakeTopic("consumer");
  auto producer = MakeProducer(Unique("writer"));
  ASSERT_TRUE(producer->Begin().ok());
  OutputRecord first = Record(topic, "one");
  first.key = "k";
  first.headers = {{"ce_type", "a.b"}, {"empty", ""}};
  OutputRecord second = Record(topic, "");
  second.key = "k";
  OutputRecord third = second;
  third.tombstone = true;
  for (const OutputRecord& record : {first, second, third}) {
    ASSERT_TRUE(producer->Produce(record).ok());
  }
  ASSERT_TRUE(producer->Commit().ok());
  const std::vector<InputRecord> records = ReadAll(topic, 3);
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].key, "k");
  EXPECT_EQ(records[0].value, "one");
  EXPECT_EQ(records[0].headers, first.headers);
  EXPECT_FALSE(records[1].tombstone);
  EXPECT_EQ(records[1].value, "");
  EXPECT_TRUE(records[2].tombstone);
  EXPECT_EQ(producer->LastOffset(topic), records[2].offset);
}

TEST(ConsumerTest, NeverReturnsEpochRecordsAndIsAtTheEndOfATopicThatHasNoOther) {
  const SourceId topic = MakeTopic("only-epoch");
  auto consumer = MakeConsumer("g");
  ASSERT_TRUE(consumer->Assign({{topic, Consumer::kBeginning}}).ok());
  ASSERT_TRUE(Eventually([&] {
    const auto polled = consumer->Poll(10, milliseconds(100));
    EXPECT_TRUE(polled.ok() && polled->records.empty()) << polled.status();
    return polled->at_end.contains(topic);
  }));
  ProduceAll(topic, {"a"});
  // Its first poll that returns the record also knows whether it was the last.
  ASSERT_TRUE(Eventually([&] {
    const auto polled = consumer->Poll(10, milliseconds(100));
    return polled.ok() && Values(polled->records) == std::vector<std::string>{"a"};
  }));
  ASSERT_TRUE(Eventually([&] {
    const auto polled = consumer->Poll(10, milliseconds(100));
    return polled.ok() && polled->at_end.contains(topic);
  }));
  const auto ends = consumer->KnownEnds();
  EXPECT_GE(ends.at(topic), ReadAll(topic).back().offset + 1);
}

TEST(ConsumerTest, ABacklogNeitherHidesNorStarvesAnotherSource) {
  const SourceId busy = MakeTopic("busy");
  const SourceId quiet = MakeTopic("quiet");
  ProduceAll(busy, Numbered(5000));
  ProduceAll(quiet, {"q"});
  auto consumer = MakeConsumer("g");
  ASSERT_TRUE(consumer->Assign({{busy, 0}, {quiet, 0}}).ok());
  size_t from_busy = 0;
  bool quiet_seen = false;
  bool early = false;
  ASSERT_TRUE(Eventually([&] {
    const auto polled = consumer->Poll(50, milliseconds(100));
    EXPECT_TRUE(polled.ok()) << polled.status();
    for (const InputRecord& record : polled->records) {
      if (record.source == busy) {
        ++from_busy;
      } else {
        quiet_seen = true;
      }
    }
    if (from_busy < 5000) {
      EXPECT_FALSE(polled->at_end.contains(busy)) << from_busy;
      early |= quiet_seen && polled->at_end.contains(quiet);
    }
    return polled->at_end.contains(busy) && polled->at_end.contains(quiet);
  }));
  EXPECT_EQ(from_busy, 5000u);
  EXPECT_TRUE(early) << "the quiet source had to wait for the busy one";
}

TEST(ConsumerTest, PollSourceLeavesTheOthersWhereTheyAre) {
  const SourceId a = MakeTopic("a");
  const SourceId b = MakeTopic("b");
  ProduceAll(a, {"a1", "a2"});
  ProduceAll(b, {"b1"});
  auto consumer = MakeConsumer("g");
  ASSERT_TRUE(consumer->Assign({{a, 0}, {b, 0}}).ok());
  std::vector<std::string> values;
  ASSERT_TRUE(Eventually([&] {
    const auto polled = consumer->PollSource(b, 10, milliseconds(100));
    for (const std::string& value : Values(polled->records)) values.push_back(value);
    return polled->at_end.contains(b);
  }));
  EXPECT_THAT(values, ElementsAre("b1"));
  ASSERT_TRUE(Eventually([&] {
    const auto polled = consumer->PollSource(a, 1, milliseconds(100));
    for (const std::string& value : Values(polled->records)) values.push_back(value);
    return values.size() == 3;
  }));
  EXPECT_THAT(values, ElementsAre("b1", "a1", "a2"));
}

TEST(ConsumerTest, AssignAgainRewinds) {
  const SourceId topic = MakeTopic("rewind");
  ProduceAll(topic, Numbered(100));
  auto consumer = MakeConsumer("g");
  const int64_t first = ReadAll(topic).front().offset;
  for (const int64_t start : {first, first + 50, first + 10}) {
    ASSERT_TRUE(consumer->Assign({{topic, start}}).ok());
    std::vector<InputRecord> records;
    ASSERT_TRUE(Eventually([&] {
      auto polled = consumer->Poll(7, milliseconds(100));
      EXPECT_TRUE(polled.ok()) << polled.status();
      for (InputRecord& record : polled->records) records.push_back(std::move(record));
      return records.size() >= 20;
    }));
    for (size_t i = 0; i < records.size(); ++i) {
      EXPECT_EQ(records[i].offset, start + static_cast<int64_t>(i));
    }
  }
}

TEST(ConsumerTest, APositionOutsideTheLogIsAnError) {
  const SourceId topic = MakeTopic("outside");
  ProduceAll(topic, {"a"});
  auto consumer = MakeConsumer("g");
  ASSERT_TRUE(consumer->Assign({{topic, 4711}}).ok());
  absl::Status status;
  ASSERT_TRUE(Eventually([&] {
    status = consumer->Poll(10, milliseconds(100)).status();
    return !status.ok();
  }));
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(topic.topic));
}

TEST(ConsumerTest, ASilentBrokerIsNeitherAnEndNorReachable) {
  const SourceId topic = MakeTopic("silent");
  ProduceAll(topic, {"a"});
  auto consumer = MakeConsumer("g");
  ASSERT_TRUE(consumer->Assign({{topic, Consumer::kBeginning}}).ok());
  std::vector<std::string> values;
  const auto poll = [&](bool at_end, bool unreachable) {
    const auto polled = consumer->Poll(10, milliseconds(100));
    EXPECT_TRUE(polled.ok()) << polled.status();
    for (const std::string& value : Values(polled->records)) values.push_back(value);
    return polled->at_end.contains(topic) == at_end &&
           polled->unreachable.contains(topic) == unreachable;
  };
  EXPECT_TRUE(Eventually([&] { return poll(true, false); }));
  KafkaBroker::Get().Pause();
  // Long before any request times out.
  const bool doubted = Eventually([&] { return poll(false, false); });
  const bool lost = Eventually([&] { return poll(false, true); });
  KafkaBroker::Get().Resume();
  EXPECT_TRUE(doubted);
  EXPECT_TRUE(lost);
  // Nothing new has come, and yet the end is found again.
  EXPECT_TRUE(Eventually([&] { return poll(true, false); }));
  ProduceAll(topic, {"b"});
  EXPECT_TRUE(Eventually([&] { return poll(true, false) && values.size() == 2; }));
  EXPECT_THAT(values, ElementsAre("a", "b"));
}

TEST(ConsumerTest, ADeletedTopicIsUnreachableAndTheConsumerLivesOn) {
  const SourceId gone = MakeTopic("gone");
  const SourceId kept = MakeTopic("kept");
  ProduceAll(kept, {"a"});
  auto consumer = MakeConsumer("g");
  ASSERT_TRUE(consumer->Assign({{gone, 0}, {kept, 0}}).ok());
  const auto read_kept = [&] {
    std::vector<std::string> values;
    EXPECT_TRUE(Eventually([&] {
      const auto polled = consumer->Poll(10, milliseconds(100));
      EXPECT_TRUE(polled.ok()) << polled.status();
      for (const std::string& value : Values(polled->records)) values.push_back(value);
      return polled->at_end.contains(kept);
    }));
    return values;
  };
  EXPECT_THAT(read_kept(), ElementsAre("a"));
  DeleteTopic(gone.topic);
  EXPECT_TRUE(Eventually([&] {
    const auto polled = consumer->Poll(10, milliseconds(100));
    EXPECT_TRUE(polled.ok()) << polled.status();
    return polled->unreachable.contains(gone) && polled->at_end.contains(kept);
  }));
  ASSERT_TRUE(consumer->Assign({{gone, 0}, {kept, 0}}).ok());
  EXPECT_THAT(read_kept(), ElementsAre("a"));
  consumer.reset();
}

TEST(ConsumerTest, KnowsPartitionsWatermarksAndCluster) {
  const SourceId topic = MakeTopic("facts", 3);
  ProduceAll(topic, {"a", "b"});
  auto consumer = MakeConsumer("g");
  EXPECT_EQ(consumer->PartitionCount(topic.topic).value_or(0), 3);
  EXPECT_EQ(consumer->PartitionCount("no-such-topic").status().code(), absl::StatusCode::kNotFound);
  const auto marks = consumer->Watermarks(topic);
  ASSERT_TRUE(marks.ok()) << marks.status();
  EXPECT_EQ(marks->first, 0);
  EXPECT_GE(marks->second, 3);
  EXPECT_EQ(consumer->ClusterId().value_or("").size(), 22u);
  const auto committed = consumer->Committed({topic});
  ASSERT_TRUE(committed.ok()) << committed.status();
  EXPECT_TRUE(committed->empty());
}

TEST(ProducerTest, WhatWaitsForOthersArrivesInOrderAndIsAwaited) {
  const SourceId topic = MakeTopic("waits");
  auto producer = Producer::Create(KafkaBroker::Get().config(), Unique("producer"));
  ASSERT_TRUE(producer.ok()) << producer.status();
  const std::vector<std::string> values = Numbered(5000);
  Mutex mutex;
  std::vector<int64_t> offsets;  // in the order in which they were told
  for (const std::string& value : values) {
    const auto done = [&](const absl::StatusOr<int64_t>& offset) {
      ASSERT_TRUE(offset.ok()) << offset.status();
      const MutexLock lock(mutex);
      offsets.push_back(*offset);
    };
    ASSERT_TRUE((*producer)->Produce(Record(topic, value), done).ok());
  }
  ASSERT_TRUE((*producer)->Flush(std::chrono::seconds(15)).ok());
  EXPECT_EQ(Values(ReadAll(topic)), values);
  const MutexLock lock(mutex);
  EXPECT_EQ(offsets.size(), values.size());
  EXPECT_TRUE(std::is_sorted(offsets.begin(), offsets.end()));
}

TEST(Transactions, AreVisibleOnlyWhenCommitted) {
  const SourceId topic = MakeTopic("transactions");
  const SourceId input = MakeTopic("input");
  const std::string group = Unique("group");
  auto producer = MakeProducer(Unique("txn"));
  auto consumer = MakeConsumer(group);

  ASSERT_TRUE(producer->Begin().ok());
  ASSERT_TRUE(producer->Produce(Record(topic, "aborted")).ok());
  ASSERT_TRUE(producer->SendOffsets({{input, {3, "of three"}}}, group).ok());
  EXPECT_THAT(Values(ReadAll(topic)), ElementsAre());
  ASSERT_TRUE(producer->Abort().ok());
  EXPECT_THAT(Values(ReadAll(topic)), ElementsAre());
  EXPECT_TRUE(consumer->Committed({input})->empty());

  ASSERT_TRUE(producer->Begin().ok());
  ASSERT_TRUE(producer->Produce(Record(topic, "kept")).ok());
  ASSERT_TRUE(producer->SendOffsets({{input, {5, "of five"}}}, group).ok());
  ASSERT_TRUE(producer->Commit().ok());
  EXPECT_THAT(Values(ReadAll(topic, 1)), ElementsAre("kept"));
  // Waits for the transaction's end by itself.
  EXPECT_EQ(consumer->Committed({input})->at(input), (CommittedOffset{5, "of five"}));
  // The end that is offered to readers is past the marker, which took an offset too.
  EXPECT_GT(consumer->Watermarks(topic)->second, *producer->LastOffset(topic));
}

TEST(Transactions, AnAbortRightAfterProducingIsNoError) {
  const SourceId topic = MakeTopic("abort");
  auto producer = MakeProducer(Unique("txn"));
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(producer->Begin().ok());
    for (const std::string& value : Numbered(50)) {
      ASSERT_TRUE(producer->Produce(Record(topic, value)).ok());
    }
    const absl::Status aborted = producer->Abort();
    ASSERT_TRUE(aborted.ok()) << i << ": " << aborted;
  }
  EXPECT_THAT(Values(ReadAll(topic)), ElementsAre());
}

TEST(Transactions, AZombieIsFenced) {
  const SourceId topic = MakeTopic("fence");
  const SourceId input = MakeTopic("input");
  const std::string id = Unique("txn");
  const std::string group = Unique("group");
  auto zombie = MakeProducer(id);
  ASSERT_TRUE(zombie->Begin().ok());
  ASSERT_TRUE(zombie->Produce(Record(topic, "zombie")).ok());
  ASSERT_TRUE(zombie->SendOffsets({{input, {9, ""}}}, group).ok());

  auto successor = MakeProducer(id);
  const absl::Status late = zombie->Commit();
  EXPECT_EQ(late.code(), absl::StatusCode::kFailedPrecondition) << late;
  EXPECT_THAT(std::string(late.message()), HasSubstr(id));

  ASSERT_TRUE(successor->Begin().ok());
  ASSERT_TRUE(successor->Produce(Record(topic, "successor")).ok());
  ASSERT_TRUE(successor->Commit().ok());
  EXPECT_THAT(Values(ReadAll(topic, 1)), ElementsAre("successor"));
  EXPECT_TRUE(MakeConsumer(group)->Committed({input})->empty());
}

TEST(Transactions, ARecordTooLargeIsAClearErrorNotARetryForEver) {
  const SourceId topic = MakeTopic("large");
  auto producer = MakeProducer(Unique("txn"));
  ASSERT_TRUE(producer->Begin().ok());
  const absl::Status status = producer->Produce(Record(topic, std::string(3'000'000, 'x')));
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("3000000 bytes"));
}

TEST(Topics, AreMadeOnceWithAnEpochOfTheirOwn) {
  const KafkaConfig config = KafkaBroker::Get().config();
  const std::vector<TopicSpec> specs =
      ProjectTopics({.missions = {MissionId(Unique("mission"))}, .keyed_partitions = 2});
  const absl::Status made = EnsureTopics(config, specs);
  ASSERT_TRUE(made.ok()) << made;
  std::set<std::string> names;
  for (const TopicSpec& spec : specs) names.insert(spec.name);
  const auto epochs = ReadEpochs(config, names);
  ASSERT_TRUE(epochs.ok()) << epochs.status();
  std::set<std::string> distinct;
  for (const auto& [topic, epoch] : *epochs) {
    EXPECT_EQ(epoch.size(), 32u) << topic;
    distinct.insert(epoch);
  }
  EXPECT_EQ(distinct.size(), specs.size());

  const absl::Status again = EnsureTopics(config, specs);
  EXPECT_TRUE(again.ok()) << again;
  EXPECT_EQ(*ReadEpochs(config, names), *epochs);
  EXPECT_TRUE(CheckTopics(config, specs).ok());
}

TEST(Topics, ThatDifferInAWayThatMattersAreRefused) {
  const KafkaConfig config = KafkaBroker::Get().config();
  TopicSpec spec;
  spec.name = Unique("differs");
  spec.partitions = 2;
  spec.retention = std::chrono::hours(24);
  ASSERT_TRUE(EnsureTopics(config, {spec}).ok());

  TopicSpec more = spec;
  more.partitions = 3;
  absl::Status status = EnsureTopics(config, {more});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr(absl::StrCat("topic ", spec.name, ": partitions is 2, expected 3")));

  TopicSpec longer = spec;
  longer.retention = std::chrono::hours(48);
  status = CheckTopics(config, {longer});
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("retention.ms is 86400000, expected 172800000"));

  TopicSpec compacted = spec;
  compacted.compacted = true;
  status = CheckTopics(config, {compacted});
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("cleanup.policy is delete, expected compact"));

  TopicSpec shorter = spec;
  shorter.retention = std::chrono::hours(1);
  EXPECT_TRUE(CheckTopics(config, {shorter}).ok()) << "longer retention than wanted is no harm";

  TopicSpec missing = spec;
  missing.name = Unique("missing");
  status = CheckTopics(config, {spec, missing});
  EXPECT_THAT(std::string(status.message()),
              HasSubstr(absl::StrCat("topic ", missing.name, " does not exist")));
  EXPECT_EQ(ReadEpoch(config, missing.name).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace tocsin::testing
