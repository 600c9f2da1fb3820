// One list of fields serves writing and reading: `Fields(archive, value)`, found beside the type,
// names a struct's fields in order, and StateWriter and StateReader walk it. Bytes are those of
// base/compact.
//
// Reading never trusts the bytes: a short text, a number out of an enumeration or a NaN turns ok()
// false, and what was read is to be thrown away. Memory is bounded by the length of the input.
#pragma once

#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "lib/base/compact.h"
#include "lib/domain/warning.h"

namespace tocsin {

constexpr Status LastEnumerator(Status) { return Status::kDraft; }
constexpr Classification LastEnumerator(Classification) {
  return Classification::kStrictlyConfidential;
}
constexpr Tlp LastEnumerator(Tlp) { return Tlp::kRed; }
constexpr Nature LastEnumerator(Nature) { return Nature::kPlanned; }
constexpr SourceStatus LastEnumerator(SourceStatus) { return SourceStatus::kUnknown; }
constexpr MessageType LastEnumerator(MessageType) { return MessageType::kExpire; }
constexpr Severity LastEnumerator(Severity) { return Severity::kExtreme; }
constexpr Urgency LastEnumerator(Urgency) { return Urgency::kImmediate; }
constexpr Certainty LastEnumerator(Certainty) { return Certainty::kObserved; }
constexpr ResponseType LastEnumerator(ResponseType) { return ResponseType::kAllClear; }

class StateWriter {
 public:
  template <class... T>
  void operator()(const T&... values) {
    (Put(values), ...);
  }
  std::string Take() { return out_.Take(); }

 private:
  template <class T>
  void Put(const T& value) {
    if constexpr (std::is_enum_v<T> || std::is_integral_v<T>) {
      out_.Int64(static_cast<int64_t>(value));
    } else {
      Fields(*this, value);
    }
  }
  void Put(double value) { out_.Double(value); }
  void Put(const std::string& value) { out_.Bytes(value); }
  void Put(const Time& value) { out_.TimeOf(value); }
  void Put(const Duration& value) { out_.Int64(value.count()); }
  template <class Tag>
  void Put(const StrongString<Tag>& value) {
    out_.Bytes(value.str());
  }
  template <class T>
  void Put(const std::optional<T>& value) {
    out_.Bool(value.has_value());
    if (value) Put(*value);
  }
  template <class T>
  void Put(const std::vector<T>& values) {
    out_.Int64(static_cast<int64_t>(values.size()));
    for (const T& value : values) Put(value);
  }
  template <class A, class B>
  void Put(const std::pair<A, B>& value) {
    Put(value.first);
    Put(value.second);
  }
  void Put(const std::map<std::string, std::string>& values) {
    out_.Int64(static_cast<int64_t>(values.size()));
    for (const auto& [name, value] : values) (*this)(name, value);
  }

  CompactWriter out_;
};

class StateReader {
 public:
  explicit StateReader(std::string_view in) : in_(in) {}

  template <class... T>
  void operator()(T&... values) {
    (Get(values), ...);
  }
  // True if all was read, to the last byte, and made sense.
  bool Complete() const { return ok() && in_.done(); }
  bool ok() const { return good_ && in_.ok(); }

 private:
  template <class T>
  void Get(T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      value = Whole(0, 1) != 0;
    } else if constexpr (std::is_enum_v<T>) {
      value = static_cast<T>(Whole(0, static_cast<int64_t>(LastEnumerator(T{}))));
    } else if constexpr (std::is_integral_v<T>) {
      value = static_cast<T>(Whole(std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
    } else {
      Fields(*this, value);
    }
  }
  void Get(double& value) {
    value = in_.Double();
    if (std::isnan(value)) {
      value = 0;
      good_ = false;
    }
  }
  void Get(std::string& value) { value.assign(in_.Bytes()); }
  void Get(Time& value) { value = in_.TimeOf(); }
  void Get(Duration& value) { value = Duration(in_.Int64()); }
  template <class Tag>
  void Get(StrongString<Tag>& value) {
    value = StrongString<Tag>(std::string(in_.Bytes()));
  }
  template <class T>
  void Get(std::optional<T>& value) {
    value.reset();
    if (Whole(0, 1) != 0) Get(value.emplace());
  }
  template <class T>
  void Get(std::vector<T>& values) {
    values.clear();
    const int64_t count = Whole(0, std::numeric_limits<int64_t>::max());
    for (int64_t i = 0; i < count && ok(); ++i) Get(values.emplace_back());
  }
  template <class A, class B>
  void Get(std::pair<A, B>& value) {
    Get(value.first);
    Get(value.second);
  }
  void Get(std::map<std::string, std::string>& values) {
    values.clear();
    const int64_t count = Whole(0, std::numeric_limits<int64_t>::max());
    for (int64_t i = 0; i < count && ok(); ++i) {
      std::string name(in_.Bytes());
      // Canonical: names ascend, so equal maps have equal bytes.
      if (!values.empty() && name <= values.rbegin()->first) good_ = false;
      values.insert_or_assign(std::move(name), in_.Bytes());
    }
  }

  int64_t Whole(int64_t least, int64_t most) {
    const int64_t value = in_.Int64();
    if (value >= least && value <= most) return value;
    good_ = false;
    return least > 0 || most < 0 ? least : 0;
  }

  CompactReader in_;
  bool good_ = true;
};

// Fields of the shared types. A is StateWriter with const values or StateReader.
template <class T, class U>
inline constexpr bool kIs = std::is_same_v<std::remove_const_t<T>, U>;

template <class A, class T>
requires kIs<T, Interval>
void Fields(A& a, T& v) { a(v.from, v.to); }
template <class A, class T>
requires kIs<T, Identity>
void Fields(A& a, T& v) { a(v.mission, v.id); }
template <class A, class T>
requires kIs<T, Label>
void Fields(A& a, T& v) { a(v.originator, v.classification, v.tlp, v.releasable_to, v.caveats); }
template <class A, class T>
requires kIs<T, Grading>
void Fields(A& a, T& v) { a(v.reliability, v.credibility); }
template <class A, class T>
requires kIs<T, Point>
void Fields(A& a, T& v) { a(v.latitude, v.longitude); }
template <class A, class T>
requires kIs<T, People>
void Fields(A& a, T& v) { a(v.killed, v.injured, v.displaced, v.affected); }
template <class A, class T>
requires kIs<T, KeyedActor>
void Fields(A& a, T& v) { a(v.id, v.actor_class, v.role); }
template <class A, class T>
requires kIs<T, Evidence>
void Fields(A& a, T& v) {
  a(v.identity, v.revision, v.type, v.nature, v.observed, v.point, v.uncertainty_m, v.areas,
    v.corridors, v.actors, v.grading, v.source_kind, v.label, v.selection, v.distance_m, v.people,
    v.attributes);
}
template <class A, class T>
requires kIs<T, NearCells>
void Fields(A& a, T& v) { a(v.level, v.cells); }
template <class A, class T>
requires kIs<T, KeyedWarning::Item>
void Fields(A& a, T& v) { a(v.evidence, v.origin); }
template <class A, class T>
requires kIs<T, KeyedWarning>
void Fields(A& a, T& v) {
  a(v.rule, v.number, v.severity, v.onset, v.open, v.label, v.missions, v.evidence_areas,
    v.evidence, v.left_out, v.found_by_backfill);
}
// The type comes first: a timeline is searched for types without decoding the rest.
template <class A, class T>
requires kIs<T, KeyedEvent>
void Fields(A& a, T& v) {
  a(v.type, v.identity, v.revision, v.status, v.exercise_id, v.nature, v.observed, v.valid,
    v.accepted, v.point, v.uncertainty_m, v.areas, v.corridors, v.actors, v.people, v.source_kind,
    v.component, v.origin, v.same_incident_as, v.grading, v.label, v.attributes, v.late, v.warning,
    v.cells, v.router);
}
template <class A, class T>
requires kIs<T, Match>
void Fields(A& a, T& v) { a(v.event, v.withdrawn, v.stage, v.told_by, v.found_by_backfill); }
template <class A, class T>
requires kIs<T, SourceId>
void Fields(A& a, T& v) { a(v.topic, v.partition); }
template <class A, class T>
requires kIs<T, SourceTime>
void Fields(A& a, T& v) {  // `clock` is never kept
  a(v.source, v.next_offset, v.last_accepted, v.status, v.unknown_since);
}
template <class A, class T>
requires kIs<T, FoundUpTo>
void Fields(A& a, T& v) { a(v.beat, v.time); }
template <class A, class T>
requires kIs<T, Tick>
void Fields(A& a, T& v) {  // `again` and `router` are never kept
  a(v.clock, v.margin, v.sources, v.beat, v.number, v.found);
}
template <class A, class T>
requires kIs<T, Document>
void Fields(A& a, T& v) { a(v.kind, v.name, v.version, v.text, v.sha256); }
template <class A, class T>
requires kIs<T, Measure>
void Fields(A& a, T& v) { a(v.name, v.value, v.threshold); }
template <class A, class T>
requires kIs<T, WarningContent>
void Fields(A& a, T& v) {
  a(v.status, v.exercise_id, v.rule_id, v.rule_version, v.key, v.addressees, v.severity, v.urgency,
    v.certainty, v.response, v.areas, v.corridors, v.episode, v.onset, v.expires, v.evidence,
    v.measures, v.unverified, v.absence_state, v.label);
}
template <class A, class T>
requires kIs<T, RestsOn>
void Fields(A& a, T& v) { a(v.id, v.number, v.rule, v.selection); }
template <class A, class T>
requires kIs<T, Warning>
void Fields(A& a, T& v) {
  a(v.id, v.revision, v.message_type, v.number, v.content, v.issued, v.caused_by,
    v.caused_by_revision, v.merged_into, v.split_from, v.end_reason, v.alerts, v.found_by_backfill,
    v.rule_title, v.rests_on);
}
template <class A, class T>
requires kIs<T, EvaluatedRecord>
void Fields(A& a, T& v) {
  a(v.keyed_partition, v.tick, v.evaluated_up_to, v.rules_digest, v.semantics_version, v.throttled,
    v.backfilling, v.reconciling);
}

}  // namespace tocsin
