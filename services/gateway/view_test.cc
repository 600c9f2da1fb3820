#include "gateway/view.h"

#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/gateway_testing.h"
#include "lib/wire/lifecycle.h"
#include "lib/wire/wire.h"

namespace tocsin::gateway {
namespace {

using testing::AcknowledgementOf;
using testing::ActionRecord;
using testing::EvaluationOf;
using testing::IdOf;
using testing::MemoryViewStore;
using testing::RecordOf;
using testing::Shape;
using testing::WarningOf;

std::unique_ptr<View> OpenView(MemoryViewStore& store, ViewShape shape = Shape()) {
  auto view = View::Open(store, std::move(shape));
  EXPECT_TRUE(view.ok()) << view.status();
  return *std::move(view);
}

ApplyReport ApplyAll(View& view, const std::vector<InputRecord>& records) {
  auto report = view.Apply(records);
  EXPECT_TRUE(report.ok()) << report.status();
  return *std::move(report);
}

std::vector<std::string> Log(const View& view, int32_t partition, bool standing = false) {
  std::vector<std::string> out;
  const int64_t end = view.horizon()->ends[static_cast<size_t>(partition)];
  const auto add = [&](const View::Record& record) {
    out.push_back(
        StrCat(record.offset, ":", record.warning.number(), ".", record.warning.revision()));
    return true;
  };
  if (standing) {
    view.ScanStanding(
        partition, 0, end, std::nullopt, [](v1::Status, const std::string&) { return true; }, add);
  } else {
    view.ScanLog(partition, 0, end, add);
  }
  return out;
}

TEST(ViewTest, WhatStandsBySeverity) {
  MemoryViewStore store;
  const auto view = *View::Open(store, Shape());
  const auto of = [](int n, Severity severity, int32_t revision = 1) {
    Warning warning = WarningOf(n, revision);
    warning.content.severity = severity;
    return warning;
  };
  ApplyAll(*view,
           {RecordOf(of(1, Severity::kMinor), 0, 0), RecordOf(of(2, Severity::kExtreme), 0, 1),
            RecordOf(of(3, Severity::kUnspecified), 0, 2),
            RecordOf(of(4, Severity::kExtreme), 0, 3), RecordOf(of(4, Severity::kMinor, 2), 0, 4)});
  const auto standing = [&](v1::Severity severity, v1::Status status = v1::STATUS_ACTUAL) {
    std::vector<int64_t> numbers;
    const auto selects = [&](v1::Status is, const std::string& exercise) {
      EXPECT_EQ(exercise, "");
      return is == status;
    };
    view->ScanStanding(0, 0, 5, severity, selects, [&](const View::Record& record) {
      numbers.push_back(record.warning.number());
      return true;
    });
    return numbers;
  };
  using ::testing::ElementsAre;
  EXPECT_THAT(standing(v1::SEVERITY_EXTREME), ElementsAre(2));
  EXPECT_THAT(standing(v1::SEVERITY_EXTREME, v1::STATUS_EXERCISE), ElementsAre());
  EXPECT_THAT(standing(v1::SEVERITY_MINOR), ElementsAre(1, 4));
  EXPECT_THAT(standing(v1::SEVERITY_UNKNOWN), ElementsAre(3));
}

TEST(ViewTest, WhereNoWarningIsAnyMore) {
  MemoryViewStore store;
  const auto view = *View::Open(store, Shape());
  ApplyAll(*view,
           {RecordOf(WarningOf(1), 0, 0), EvaluationOf(0, 7, 0, 1), EvaluationOf(0, 8, 1, 0)});
  ApplyAll(*view, {RecordOf(WarningOf(2), 1, 1)});
  EXPECT_EQ(Log(*view, 1), std::vector<std::string>({"1:2.1"}));
  // Not known of what was read before a start: then it is asked.
}

TEST(ViewTest, ACentreThatIsNoLongerAddressedIsToldThatItEnded) {
  MemoryViewStore store;
  const auto view = OpenView(store);
  const Warning first = WarningOf(1);
  Warning others = WarningOf(1, 2);
  others.content.addressees = {MissionId("elsewhere")};
  others.content.severity = Severity::kExtreme;
  Warning again = others;
  again.revision = 3;
  ApplyAll(*view, {RecordOf(first, 0, 1), RecordOf(others, 0, 2), RecordOf(again, 0, 3)});
  EXPECT_THAT(Log(*view, 0), ::testing::ElementsAre("1:1.1", "2:1.2")) << "it is told once";
  EXPECT_THAT(Log(*view, 0, true), ::testing::IsEmpty());
  const auto latest = view->Latest(first.id);
  ASSERT_TRUE(latest != nullptr);
  EXPECT_EQ(latest->warning.message_type(), v1::MESSAGE_TYPE_CANCEL);
  EXPECT_EQ(latest->warning.end_reason(), "no_longer_addressed");
  EXPECT_EQ(latest->warning.revision(), 2);
  EXPECT_EQ(latest->warning.severity(), ToProto(first).severity())
      << "the new content is not its business";

  ApplyAll(*view, {RecordOf(WarningOf(1, 4), 0, 4)});
  EXPECT_THAT(Log(*view, 0, true), ::testing::ElementsAre("4:1.4"))
      << "addressed again, it stands again";
}

TEST(ViewTest, KeepsTheLogAndWhatStands) {
  MemoryViewStore store;
  const auto view = OpenView(store);
  Warning cancelled = WarningOf(1, 2);
  cancelled.message_type = MessageType::kCancel;
  const ApplyReport report =
      ApplyAll(*view, {RecordOf(WarningOf(1), 0, 4), RecordOf(WarningOf(2), 0, 5),
                       RecordOf(WarningOf(2, 2), 0, 7), RecordOf(cancelled, 0, 9),
                       RecordOf(WarningOf(3), 1, 1)});
  EXPECT_EQ(report.warnings, 5);
  EXPECT_THAT(Log(*view, 0), ::testing::ElementsAre("4:1.1", "5:2.1", "7:2.2", "9:1.2"));
  EXPECT_THAT(Log(*view, 0, true), ::testing::ElementsAre("7:2.2"));
  EXPECT_THAT(Log(*view, 1, true), ::testing::ElementsAre("1:3.1"));
  EXPECT_EQ(view->horizon()->ends, (std::vector<int64_t>{10, 2}));
  EXPECT_EQ(view->Latest(WarningId(IdOf(2)))->warning.revision(), 2);
  EXPECT_EQ(view->Revision(WarningId(IdOf(2)), 1)->warning.revision(), 1);
  EXPECT_EQ(view->ByNumber(3), WarningId(IdOf(3)));
  EXPECT_EQ(view->ByNumber(4), std::nullopt);
  const std::map<SourceId, int64_t> positions = {{{"fusion.warnings.v1", 0}, 10},
                                                 {{"fusion.warnings.v1", 1}, 2}};
  EXPECT_EQ(view->Positions(), positions);
}

TEST(ViewTest, NewestFirstByFirstIssue) {
  MemoryViewStore store;
  const auto view = OpenView(store);
  Warning updated = WarningOf(1, 2);
  updated.issued = FromMicros(9'000'000);
  ApplyAll(*view, {RecordOf(WarningOf(1), 0, 0), RecordOf(WarningOf(3), 0, 1),
                   RecordOf(WarningOf(2), 1, 0), RecordOf(updated, 0, 2)});
  std::vector<int64_t> numbers;
  std::string second;
  view->ScanNewest("", [&](std::string_view key, const View::Record& record) {
    numbers.push_back(record.warning.number());
    if (numbers.size() == 2) second = std::string(key);
    return true;
  });
  EXPECT_THAT(numbers, ::testing::ElementsAre(3, 2, 1));
  numbers.clear();
  view->ScanNewest(second, [&](std::string_view, const View::Record& record) {
    numbers.push_back(record.warning.number());
    return true;
  });
  EXPECT_THAT(numbers, ::testing::ElementsAre(1));
}

TEST(ViewTest, AnEmissionIsTakenOnce) {
  MemoryViewStore store;
  const auto view = OpenView(store);
  const ApplyReport report =
      ApplyAll(*view, {RecordOf(WarningOf(1), 0, 0), RecordOf(WarningOf(1, 2), 0, 1),
                       RecordOf(WarningOf(1, 2), 0, 2), RecordOf(WarningOf(1), 0, 3)});
  EXPECT_EQ(report.warnings, 2);
  EXPECT_EQ(report.repeated, 2);
  EXPECT_THAT(Log(*view, 0), ::testing::ElementsAre("0:1.1", "1:1.2"));
  EXPECT_EQ(view->horizon()->ends[0], 4);
}

TEST(ViewTest, WhatCannotBeUsedIsPassedAndReported) {
  MemoryViewStore store;
  const auto view = OpenView(store);
  const InputRecord good = RecordOf(WarningOf(1), 0, 20);
  std::vector<InputRecord> records;
  const auto bad = [&](std::string value) {
    InputRecord record = good;
    record.offset = static_cast<int64_t>(records.size());
    record.value = std::move(value);
    records.push_back(std::move(record));
  };
  bad(good.value.substr(0, good.value.size() - 3));  // truncated
  bad("\xff\xff\xff\xff");                           // foreign
  bad("");                                           // empty
  v1::WarningsRecord odd;
  *odd.mutable_warning() = ToProto(WarningOf(1));
  odd.mutable_warning()->set_severity(static_cast<v1::Severity>(99));
  bad(odd.SerializeAsString());
  odd.mutable_warning()->clear_severity();
  odd.mutable_warning()->set_revision(0);
  bad(odd.SerializeAsString());
  odd.mutable_warning()->set_revision(1);
  odd.mutable_warning()->clear_id();
  bad(odd.SerializeAsString());
  odd.mutable_evaluated()->set_keyed_partition(2);  // of two tasks
  bad(odd.SerializeAsString());
  odd.mutable_evaluated()->set_keyed_partition(-1);
  bad(odd.SerializeAsString());
  InputRecord action = ActionRecord(AcknowledgementOf(1, "a"), 0);
  action.value = "\x0a\xff";
  const size_t refused = records.size() + 1;
  records.push_back(good);
  records.push_back(action);
  const ApplyReport report = ApplyAll(*view, records);
  EXPECT_EQ(report.dead_letters.size(), refused);
  for (const auto& dead : report.dead_letters) EXPECT_FALSE(dead.cause.empty());
  EXPECT_EQ(report.warnings, 1);
  EXPECT_EQ(view->horizon()->ends[0], 21);
  EXPECT_EQ(view->horizon()->actions_end, 1);
}

TEST(ViewTest, EvaluatedIsWhatEveryPartitionHas) {
  MemoryViewStore store;
  const auto view = OpenView(store);
  const auto evaluated = [&] {
    std::vector<int64_t> times;
    for (const auto& task : view->horizon()->evaluated) times.push_back(task.evaluated_up_to_us());
    return times;
  };
  EXPECT_EQ(evaluated(), (std::vector<int64_t>{0, 0}));
  ApplyAll(*view, {EvaluationOf(0, 100, 0, 0), EvaluationOf(1, 90, 0, 1)});
  EXPECT_EQ(evaluated(), (std::vector<int64_t>{0, 0}));  // partition 1 may hold earlier warnings
  ApplyAll(*view, {EvaluationOf(0, 100, 1, 0), EvaluationOf(0, 200, 0, 2)});
  EXPECT_EQ(evaluated(), (std::vector<int64_t>{100, 0}));
  const ApplyReport report =
      ApplyAll(*view, {EvaluationOf(0, 200, 1, 1), EvaluationOf(1, 90, 1, 2)});
  EXPECT_EQ(evaluated(), (std::vector<int64_t>{200, 90}));
  EXPECT_EQ(report.evaluations, 2);
  EXPECT_THAT(report.heard, ::testing::ElementsAre(std::pair(0, 1), std::pair(1, 1)));
  EXPECT_EQ(view->horizon()->evaluated[1].keyed_partition(), 1);
  // A restart knows it as before.
  EXPECT_EQ(OpenView(store)->horizon()->evaluated[0].evaluated_up_to_us(), 200);
}

TEST(ViewTest, LifecycleIsOfTheActionsAlone) {
  MemoryViewStore store;
  const auto view = OpenView(store);
  const ApplyReport report = ApplyAll(
      *view,
      {ActionRecord(AcknowledgementOf(1, "a"), 0), ActionRecord(AcknowledgementOf(1, "a"), 1),
       ActionRecord(AcknowledgementOf(2, "b", "minurcat"), 2), RecordOf(WarningOf(1), 0, 0)});
  EXPECT_EQ(view->LifecycleOf(WarningId(IdOf(1))).state, LifecycleState::kAcknowledged);
  EXPECT_EQ(view->LifecycleOf(WarningId(IdOf(2))), Lifecycle());
  EXPECT_EQ(report.actions.at("applied"), 1);
  EXPECT_EQ(report.actions.at("duplicate"), 1);
  EXPECT_EQ(report.actions.at("foreign_mission"), 1);
  EXPECT_EQ(view->horizon()->actions_end, 3);
}

TEST(ViewTest, ATombstoneTakesTheWarningAndOldCursors) {
  MemoryViewStore store;
  const auto view = OpenView(store);
  Warning expired = WarningOf(1, 2);
  expired.message_type = MessageType::kExpire;
  InputRecord tombstone = RecordOf(expired, 0, 8);
  tombstone.value.clear();
  tombstone.tombstone = true;
  ApplyAll(*view, {RecordOf(WarningOf(1), 0, 0), RecordOf(expired, 0, 3),
                   RecordOf(WarningOf(2), 0, 5), ActionRecord(AcknowledgementOf(1, "a"), 0)});
  EXPECT_EQ(view->horizon()->floors[0], 0);
  EXPECT_EQ(ApplyAll(*view, {tombstone}).tombstones, 1);
  // A cursor before offset 4 has not heard of the end.
  EXPECT_EQ(view->horizon()->floors, (std::vector<int64_t>{4, 0}));
  EXPECT_THAT(Log(*view, 0), ::testing::ElementsAre("5:2.1"));
  EXPECT_EQ(view->Latest(WarningId(IdOf(1))), nullptr);
  EXPECT_EQ(view->ByNumber(1), std::nullopt);
  EXPECT_EQ(view->LifecycleOf(WarningId(IdOf(1))).actions, 1);
  int listed = 0;
  view->ScanNewest("", [&](std::string_view, const View::Record&) { return ++listed > 0; });
  EXPECT_EQ(listed, 1);
  // Of a warning that this view never read, nobody knows which cursors lack its end.
  InputRecord unknown = tombstone;
  unknown.key = IdOf(9);
  unknown.offset = 11;
  ApplyAll(*view, {unknown});
  EXPECT_EQ(OpenView(store)->horizon()->floors[0], 12);
}

TEST(ViewTest, HistoryIsWholeAndInTheOrderOfTheBrokersTime) {
  MemoryViewStore store;
  const auto view = OpenView(store);
  const auto at = [](InputRecord record, int64_t second) {
    record.logged = FromMicros(second * 1'000'000);
    return record;
  };
  Action late = AcknowledgementOf(1, "late");
  late.expect = 0;
  ApplyAll(*view,
           {at(RecordOf(WarningOf(1), 0, 0), 1), at(RecordOf(WarningOf(1, 2), 0, 1), 5),
            at(RecordOf(WarningOf(2), 1, 0), 2), at(ActionRecord(AcknowledgementOf(1, "a"), 0), 3),
            at(ActionRecord(late, 1), 4), at(ActionRecord(AcknowledgementOf(1, "a"), 2), 6),
            at(ActionRecord(AcknowledgementOf(1, "b", "minurcat"), 3), 7)});
  std::vector<std::string> said;
  for (const View::Moment& moment : view->History(WarningId(IdOf(1)))) {
    const auto* record = std::get_if<View::RecordPtr>(&moment.what);
    const auto* taken = std::get_if<v1::ActionTaken>(&moment.what);
    said.push_back(StrCat(ToMicros(moment.logged) / 1'000'000, " ",
                          record != nullptr
                              ? StrCat("revision ", (*record)->warning.revision())
                              : StrCat(taken->action().action_id(), " ", taken->outcome())));
  }
  // Neither what was read twice nor what is another centre's.
  EXPECT_EQ(said, (std::vector<std::string>{"1 revision 1", "3 a applied", "4 late expect_mismatch",
                                            "5 revision 2"}));
}

TEST(ViewTest, OfAWarningsChangesTheLastIsKept) {
  MemoryViewStore store;
  const auto view = OpenView(store);
  Action again = AcknowledgementOf(1, "b");
  again.warning_revision = 2;
  Action refused = AcknowledgementOf(2, "c");
  refused.expect = 5;
  ApplyAll(*view,
           {ActionRecord(AcknowledgementOf(1, "a"), 0), ActionRecord(AcknowledgementOf(2, "d"), 1),
            ActionRecord(again, 2), ActionRecord(refused, 3)});
  std::vector<std::string> changes;
  view->ScanChanges(0, 4, [&](int64_t offset, const WarningId& id) {
    changes.push_back(StrCat(offset, " ", id.str()));
    return true;
  });
  EXPECT_EQ(changes, (std::vector<std::string>{"1 " + IdOf(2), "2 " + IdOf(1)}));
}

TEST(ViewTest, TheSameLogGivesTheSameStoreHoweverItIsCut) {
  std::vector<InputRecord> log;
  std::vector<int64_t> next = {0, 0, 0};
  for (int i = 0; i < 60; ++i) {
    const int n = i % 7;
    const int32_t partition = n % 2;
    if (i % 5 == 4) {
      log.push_back(EvaluationOf(i % 2, i, partition, next[static_cast<size_t>(partition)]++));
    } else if (i % 11 == 10) {
      log.push_back(ActionRecord(AcknowledgementOf(n, StrCat("a", i)), next[2]++));
    } else {
      log.push_back(
          RecordOf(WarningOf(n, 1 + i / 7), partition, next[static_cast<size_t>(partition)]++));
    }
  }
  MemoryViewStore at_once;
  ApplyAll(*OpenView(at_once), log);
  for (const size_t batch : {size_t{1}, size_t{3}, size_t{17}}) {
    MemoryViewStore store;
    for (size_t i = 0; i < log.size(); i += batch) {
      // A new view for each batch: the process is killed between any two.
      const std::vector<InputRecord> part(
          log.begin() + static_cast<std::ptrdiff_t>(i),
          log.begin() + static_cast<std::ptrdiff_t>(std::min(log.size(), i + batch)));
      ApplyAll(*OpenView(store), part);
    }
    EXPECT_EQ(store.entries(), at_once.entries()) << batch;
  }
}

TEST(ViewTest, AFailedWriteLeavesTheViewAsItWas) {
  MemoryViewStore store;
  const auto view = OpenView(store);
  ApplyAll(*view, {EvaluationOf(0, 100, 0, 0), EvaluationOf(0, 100, 1, 0)});
  store.FailWith(absl::ResourceExhaustedError("disk full"));
  const auto report = view->Apply({EvaluationOf(0, 200, 0, 1), EvaluationOf(0, 200, 1, 1)});
  EXPECT_EQ(report.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(view->horizon()->ends, (std::vector<int64_t>{1, 1}));
  store.FailWith(absl::OkStatus());
  ApplyAll(*view, {EvaluationOf(0, 300, 0, 1)});
  EXPECT_EQ(view->horizon()->evaluated[0].evaluated_up_to_us(), 100);
}

TEST(ViewTest, AStoreOfAnotherLogIsRefused) {
  MemoryViewStore store;
  OpenView(store);
  OpenView(store);
  for (const char* what : {"epoch", "cluster", "mission", "partitions"}) {
    ViewShape shape = Shape();
    if (std::string(what) == "epoch") shape.warnings_epoch = "another";
    if (std::string(what) == "cluster") shape.cluster = "another";
    if (std::string(what) == "mission") shape.mission = MissionId("unmis");
    if (std::string(what) == "partitions") shape.warnings_partitions = 3;
    const auto view = View::Open(store, shape);
    EXPECT_EQ(view.status().code(), absl::StatusCode::kFailedPrecondition) << what;
    EXPECT_NE(std::string(view.status().message()).find(what), std::string::npos) << view.status();
  }
}

}  // namespace
}  // namespace tocsin::gateway
