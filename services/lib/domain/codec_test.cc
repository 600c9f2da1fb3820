#include "lib/domain/codec.h"

#include <gtest/gtest.h>

namespace tocsin {
namespace {

KeyedEvent FullEvent() {
  KeyedEvent event;
  event.identity = {MissionId("north"), EventId(std::string("a\0b", 3))};
  event.revision = 7;
  event.status = Status::kDraft;
  event.exercise_id = "ex";
  event.type = "security.attack";
  event.nature = Nature::kPlanned;
  event.observed = {FromMicros(-5), FromMicros(6)};
  event.valid = Interval{FromMicros(1), FromMicros(2)};
  event.accepted = FromMicros(99);
  event.point = Point{-1.5, 179.25};
  event.uncertainty_m = 12.5;
  event.areas = {AreaId("a"), AreaId("b")};
  event.corridors = {CorridorId("c")};
  event.actors = {{ActorId("x"), "armed_group", "perpetrator"}};
  event.people.killed = 0;
  event.people.affected = 12;
  event.source_kind = "patrol";
  event.component = "military";
  event.origin = "o";
  event.same_incident_as = Identity{MissionId("south"), EventId("2")};
  event.grading = {"A", "1"};
  event.label = {MissionId("north"),
                 Classification::kConfidential,
                 Tlp::kAmberStrict,
                 {MissionId("*")},
                 {"source"}};
  event.attributes = {{"feed", "f1"}, {"weapon", ""}};
  event.late = true;
  KeyedWarning& warning = event.warning.emplace();
  warning.rule = RuleId("r");
  warning.number = 17;
  warning.severity = Severity::kExtreme;
  warning.onset = FromMicros(3);
  warning.open = true;
  warning.label = event.label;
  warning.missions = {MissionId("north")};
  warning.evidence_areas = {AreaId("a")};
  warning.evidence.emplace_back().origin = "o";
  warning.evidence.back().evidence.identity = event.identity;
  warning.left_out = 4;
  warning.found_by_backfill = true;
  return event;
}

Warning FullWarning() {
  Warning warning;
  warning.id = WarningId("0123");
  warning.revision = 3;
  warning.message_type = MessageType::kCancel;
  warning.number = 143;
  warning.issued = FromMicros(17);
  warning.caused_by = Identity{MissionId("north"), EventId("1")};
  warning.caused_by_revision = 2;
  warning.merged_into = "4567";
  warning.split_from = "89ab";
  warning.end_reason = "merged";
  warning.alerts = true;
  WarningContent& content = warning.content;
  content.status = Status::kExercise;
  content.exercise_id = "ex";
  content.rule_id = RuleId("rule");
  content.rule_version = 4;
  content.key = {{"actor", "x"}, {"area", "a"}};
  content.addressees = {MissionId("north")};
  content.severity = Severity::kExtreme;
  content.urgency = Urgency::kImmediate;
  content.certainty = Certainty::kObserved;
  content.response = ResponseType::kAllClear;
  content.areas = {AreaId("a")};
  content.corridors = {CorridorId("c")};
  content.episode = {FromMicros(1), FromMicros(2)};
  content.onset = FromMicros(3);
  Evidence evidence;
  evidence.identity = {MissionId("north"), EventId("1")};
  evidence.point = Point{1, 2};
  evidence.distance_m = 40;
  evidence.selection = "attack";
  evidence.attributes = {{"level", "III"}, {"weapon", ""}};
  content.evidence = {evidence, evidence};
  content.measures = {{"incidents", 3, 2}};
  content.unverified = true;
  content.absence_state = "silent";
  return warning;
}

template <class T, class Decode>
void EveryPrefixAndChangeIsHandled(const T& value, Decode decode) {
  const std::string bytes = Encode(value);
  const auto read = decode(bytes);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, value);
  EXPECT_EQ(Encode(*read), bytes);
  for (size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_EQ(decode(bytes.substr(0, length)).status().code(), absl::StatusCode::kDataLoss);
  }
  EXPECT_FALSE(decode(bytes + '\0').ok());
  // A changed byte is an error or another value, and what decodes has one encoding.
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const char change : {'\x01', '\x7f', '\xff'}) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ change);
      const auto other = decode(changed);
      if (!other.ok()) continue;
      const std::string again = Encode(*other);
      const auto same = decode(again);
      ASSERT_TRUE(same.ok());
      EXPECT_EQ(*same, *other);
    }
  }
}

TEST(CodecTest, Event) {
  EveryPrefixAndChangeIsHandled(FullEvent(), DecodeKeyedEvent);
  EveryPrefixAndChangeIsHandled(KeyedEvent(), DecodeKeyedEvent);
}

TEST(CodecTest, Warning) {
  EveryPrefixAndChangeIsHandled(FullWarning(), DecodeWarning);
  EveryPrefixAndChangeIsHandled(Warning(), DecodeWarning);
}

TEST(CodecTest, Tick) {
  const Tick tick{
      FromMicros(5),
      std::chrono::seconds(2),
      {{{"mission.north.sitreps.v1", 3}, 17, FromMicros(4), SourceStatus::kUnknown, FromMicros(3)}},
      true};
  EveryPrefixAndChangeIsHandled(tick, DecodeTick);
}

TEST(CodecTest, BytesSpreadByTypeFirst) {
  EXPECT_EQ(Encode(FullEvent()).find("security.attack"), 1u) << "behind its length";
}

TEST(CodecTest, NotANumberIsRefused) {
  KeyedEvent event;
  event.uncertainty_m = std::nan("");
  EXPECT_FALSE(DecodeKeyedEvent(Encode(event)).ok());
}

}  // namespace
}  // namespace tocsin
