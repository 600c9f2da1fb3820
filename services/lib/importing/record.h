// Exercise records and plays: YAML written by hand. data/exercise/README.md explains their fields.
//
// Pure, as importing.h. A bad entry is a problem with line, path and reason and never stops the
// reading; values that only the receiving service judges (a latitude of 123) pass through, so that
// a record can hold what must be refused.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <absl/status/statusor.h>

#include "lib/importing/importing.h"

namespace tocsin {

// Longest YAML text that is read, in bytes.
inline constexpr size_t kLongestYaml = 8U << 20U;
// Most heartbeats that one line of `feeds` may stand for.
inline constexpr int64_t kMostBeats = 100'000;

enum class Stream { kSitrep, kSensor };

// What should become of a report when it is offered.
enum class Expectation { kAccepted, kDuplicate, kConflict, kRefused };

// One thing to offer. For withdraw and regrade the event holds identity, revision, kind, reason,
// time of report and, for regrade, grading; nothing else.
struct RecordItem {
  Stream stream = Stream::kSitrep;
  Event event;
  Expectation expect = Expectation::kAccepted;
  int64_t line = 0;
};

struct ExerciseRecord {
  std::string exercise;           // as the file says; the options decide what the events carry
  std::vector<RecordItem> items;  // reports in the order of the file, then the beats of each feed
  std::vector<ImportProblem> problems;
  int64_t entries = 0;  // of `reports` and `feeds`
  int64_t refused = 0;  // entries with problems
};

ExerciseRecord ReadRecord(std::string_view yaml, const ImportOptions& options,
                          const ImportWorld& world);

enum class SourceFormat { kRecord, kUcdp, kFirms, kLra };

// One file of a play and how its rows become events.
struct PlaySource {
  SourceFormat format = SourceFormat::kRecord;
  std::string file;
  int64_t shift_days = 0;
  MissionId default_filer;
  std::string feed;  // firms: the id of the feed that sends them
  UcdpSpec ucdp;
  FirmsSpec firms;
};

struct Play {
  std::string exercise;
  Status status = Status::kExercise;
  std::vector<MissionId> live;   // missions for which the rules are live
  std::vector<MissionId> watch;  // missions whose centres watch
  std::vector<PlaySource> sources;
  std::vector<ImportProblem> problems;  // a play with any is not to be played
};

Play ReadPlay(std::string_view yaml);

// A time as a person writes it: a day, an instant, or two of these with ".." between them, as in
// `observed` of a record. InvalidArgument says what is wrong with it.
struct When {
  Interval interval;
  TimePrecision precision = TimePrecision::kUnspecified;
};
absl::StatusOr<When> ParseWhen(std::string_view text, const absl::TimeZone& zone);

// "B2" as a grading; false if it is none.
bool ParseGrading(std::string_view text, Grading& grading);
// "observed", "expected", "declared", "planned"; kUnspecified for anything else.
Nature ParseNature(std::string_view text);

// When it is offered: the later of the time it was reported and the end of the time it was
// observed.
Time OfferedAt(const Event& event);

}  // namespace tocsin
