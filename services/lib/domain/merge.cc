#include "lib/domain/merge.h"

#include "lib/base/canonical.h"
#include "lib/base/hash.h"

namespace tocsin {
namespace {

Event Next(const Event& last, int32_t revision, RevisionKind kind, const std::string& reason) {
  Event event = last;
  event.revision = revision;
  event.revision_kind = kind;
  event.revision_reason = reason;
  event.accepted = kUnknownTime;
  event.flags.clear();
  return event;
}

// Every list begins with its length, so that no two events share an encoding.
class Encoder {
 public:
  std::string Encode(const Event& event) {
    out_.Bytes("tocsin.event.1");
    IdentityOf(event.identity);
    Int(event.revision).Int(static_cast<int>(event.revision_kind));
    out_.Bytes(event.revision_reason);
    Int(static_cast<int>(event.status));
    out_.Bytes(event.exercise_id).Bytes(event.type);
    Int(static_cast<int>(event.nature));
    out_.Bool(event.valid.has_value());
    if (event.valid) IntervalOf(*event.valid);
    IntervalOf(event.observed);
    Int(static_cast<int>(event.precision));
    out_.Bytes(event.zone).TimeOf(event.reported);
    PlaceOf(event.place);
    Size(event.actors.size());
    for (const Actor& actor : event.actors) {
      out_.Bytes(actor.name).Bytes(actor.register_id).Bytes(actor.role);
    }
    for (const auto& count : {event.people.killed, event.people.injured, event.people.displaced,
                              event.people.affected}) {
      out_.Bool(count.has_value()).Int64(count.value_or(0));
    }
    SourceOf(event.source);
    out_.Bytes(event.grading.reliability).Bytes(event.grading.credibility);
    LabelOf(event.label);
    Size(event.texts.size());
    for (const Text& text : event.texts) out_.Bytes(text.language).Bytes(text.text);
    Size(event.references.size());
    for (const std::string& reference : event.references) out_.Bytes(reference);
    Size(event.attributes.size());
    for (const auto& [name, value] : event.attributes) out_.Bytes(name).Bytes(value);
    return out_.Take();
  }

 private:
  Encoder& Int(int64_t value) {
    out_.Int64(value);
    return *this;
  }
  void Size(size_t size) { out_.Int64(static_cast<int64_t>(size)); }
  void IdentityOf(const Identity& identity) {
    out_.Bytes(identity.mission.str()).Bytes(identity.id.str());
  }
  void IntervalOf(const Interval& interval) { out_.TimeOf(interval.from).TimeOf(interval.to); }
  void PointOf(const Point& point) { out_.Double(point.latitude).Double(point.longitude); }

  void PlaceOf(const Place& place) {
    out_.Bytes(place.name).Bool(place.point.has_value());
    if (place.point) PointOf(*place.point);
    out_.Double(place.uncertainty_m);
    Size(place.candidates.size());
    for (const PlaceCandidate& candidate : place.candidates) {
      out_.Bytes(candidate.name).Bytes(candidate.pcode);
      PointOf(candidate.point);
    }
    out_.Bytes(place.pcode).Bytes(place.pcode_list_date);
  }

  void SourceOf(const Source& source) {
    out_.Bytes(source.kind).Bytes(source.component).Bytes(source.protected_id);
    out_.Bytes(source.how_obtained).Bytes(source.relayed_from);
    out_.Bool(source.same_incident_as.has_value());
    if (source.same_incident_as) IdentityOf(*source.same_incident_as);
  }

  void LabelOf(const Label& label) {
    out_.Bytes(label.originator.str());
    Int(static_cast<int>(label.classification)).Int(static_cast<int>(label.tlp));
    Size(label.releasable_to.size());
    for (const MissionId& mission : label.releasable_to) out_.Bytes(mission.str());
    Size(label.caveats.size());
    for (const std::string& caveat : label.caveats) out_.Bytes(caveat);
  }

  CanonicalWriter out_;
};

}  // namespace

Event MergeRegrade(const Event& last, int32_t revision, const Grading& grading,
                   const std::string& reason) {
  Event event = Next(last, revision, RevisionKind::kRegrade, reason);
  event.grading = grading;
  return event;
}

Event MergeWithdraw(const Event& last, int32_t revision, const std::string& reason) {
  return Next(last, revision, RevisionKind::kWithdraw, reason);
}

std::string ContentHash(const Event& event) { return Sha256Hex(Encoder().Encode(event)); }

}  // namespace tocsin
