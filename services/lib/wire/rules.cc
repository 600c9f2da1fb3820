#include <algorithm>

#include "lib/base/status_macros.h"
#include "lib/wire/common.h"

namespace tocsin {
namespace {

v1::Person PersonToProto(const Person& person) {
  v1::Person proto;
  proto.set_mission(person.mission.str());
  proto.set_name(person.name);
  return proto;
}
Person FromProto(const v1::Person& proto) { return {MissionId(proto.mission()), proto.name()}; }

using Count = void (v1::WatchBurden::*)(int64_t);
constexpr std::pair<Severity, Count> kCounts[] = {
    {Severity::kMinor, &v1::WatchBurden::set_minor},
    {Severity::kModerate, &v1::WatchBurden::set_moderate},
    {Severity::kSevere, &v1::WatchBurden::set_severe},
    {Severity::kExtreme, &v1::WatchBurden::set_extreme}};

v1::WatchBurden ToProto(const WatchBurden& burden) {
  v1::WatchBurden proto;
  proto.set_mission(burden.mission.str());
  proto.set_watches(burden.watches);
  proto.set_warnings(burden.warnings);
  proto.set_warnings_before(burden.warnings_before);
  proto.set_high(burden.high);
  proto.set_high_before(burden.high_before);
  proto.set_most(burden.most);
  for (const auto& [severity, count] : burden.by_severity) {
    for (const auto& [known, set] : kCounts) {
      if (known == severity) (proto.*set)(count);
    }
  }
  return proto;
}

absl::StatusOr<WatchBurden> FromProto(const v1::WatchBurden& proto) {
  for (const int64_t count : {proto.watches(), proto.warnings(), proto.warnings_before(),
                              proto.high(), proto.high_before(), proto.most(), proto.minor(),
                              proto.moderate(), proto.severe(), proto.extreme()}) {
    if (count < 0) {
      return absl::InvalidArgumentError(
          StrCat("burden.missions: ", proto.mission(), " has a number less than nothing"));
    }
  }
  WatchBurden burden{.mission = MissionId(proto.mission()),
                     .watches = proto.watches(),
                     .warnings = proto.warnings(),
                     .warnings_before = proto.warnings_before(),
                     .high = proto.high(),
                     .high_before = proto.high_before(),
                     .most = proto.most(),
                     .by_severity = {}};
  const std::pair<Severity, int64_t> counts[] = {{Severity::kMinor, proto.minor()},
                                                 {Severity::kModerate, proto.moderate()},
                                                 {Severity::kSevere, proto.severe()},
                                                 {Severity::kExtreme, proto.extreme()}};
  std::copy_if(std::begin(counts), std::end(counts), std::back_inserter(burden.by_severity),
               [](const auto& count) { return count.second > 0; });
  return burden;
}

absl::StatusOr<Proposal> FromProto(const v1::Proposal& proto) {
  Proposal proposal;
  proposal.id = proto.id();
  for (const v1::DocumentRef& ref : proto.documents()) {
    proposal.documents.push_back({ref.kind(), ref.name(), ref.version(), ref.sha256()});
  }
  std::sort(proposal.documents.begin(), proposal.documents.end());
  proposal.live_missions = wire::IdsFromProto<MissionId>(proto.live_missions());
  std::sort(proposal.live_missions.begin(), proposal.live_missions.end());
  proposal.base_digest = proto.base_digest();
  proposal.author = FromProto(proto.author());
  proposal.reason = proto.reason();
  proposal.proposed = FromMicros(proto.proposed_us());
  if (proto.has_burden()) {
    TOCSIN_ASSIGN_OR_RETURN(proposal.burden, tocsin::FromProto(proto.burden()));
  }
  return proposal;
}

Confirmation FromProto(const v1::Confirmation& proto) {
  return {.proposal_id = proto.proposal_id(),
          .confirmed = proto.confirmed(),
          .by = FromProto(proto.by()),
          .reason = proto.reason(),
          .decided = FromMicros(proto.decided_us())};
}

Acceptance FromProto(const v1::Acceptance& proto) {
  return {.id = proto.id(),
          .rule = RuleId(proto.rule_id()),
          .mission = MissionId(proto.mission()),
          .live = proto.live(),
          .by = FromProto(proto.by()),
          .accepted = FromMicros(proto.accepted_us())};
}

}  // namespace

v1::Burden ToProto(const Burden& burden) {
  v1::Burden proto;
  proto.set_from_us(ToMicros(burden.from));
  proto.set_to_us(ToMicros(burden.to));
  proto.set_reports(burden.reports);
  for (const WatchBurden& one : burden.missions) *proto.add_missions() = ToProto(one);
  return proto;
}

absl::StatusOr<Burden> FromProto(const v1::Burden& proto) {
  Burden burden{.from = FromMicros(proto.from_us()),
                .to = FromMicros(proto.to_us()),
                .reports = proto.reports(),
                .missions = {}};
  for (const v1::WatchBurden& one : proto.missions()) {
    TOCSIN_ASSIGN_OR_RETURN(WatchBurden plain, FromProto(one));
    burden.missions.push_back(std::move(plain));
  }
  std::sort(burden.missions.begin(), burden.missions.end());
  return burden;
}

v1::Proposal ToProto(const Proposal& proposal) {
  v1::Proposal proto;
  proto.set_id(proposal.id);
  for (const DocumentRef& ref : proposal.documents) {
    v1::DocumentRef* out = proto.add_documents();
    out->set_kind(ref.kind);
    out->set_name(ref.name);
    out->set_version(ref.version);
    out->set_sha256(ref.sha256);
  }
  wire::IdsToProto(proposal.live_missions, proto.mutable_live_missions());
  proto.set_base_digest(proposal.base_digest);
  *proto.mutable_author() = PersonToProto(proposal.author);
  proto.set_reason(proposal.reason);
  proto.set_proposed_us(ToMicros(proposal.proposed));
  if (proposal.burden) *proto.mutable_burden() = ToProto(*proposal.burden);
  return proto;
}

v1::Confirmation ToProto(const Confirmation& confirmation) {
  v1::Confirmation proto;
  proto.set_proposal_id(confirmation.proposal_id);
  proto.set_confirmed(confirmation.confirmed);
  *proto.mutable_by() = PersonToProto(confirmation.by);
  proto.set_reason(confirmation.reason);
  proto.set_decided_us(ToMicros(confirmation.decided));
  return proto;
}

v1::Acceptance ToProto(const Acceptance& acceptance) {
  v1::Acceptance proto;
  proto.set_id(acceptance.id);
  proto.set_rule_id(acceptance.rule.str());
  proto.set_mission(acceptance.mission.str());
  proto.set_live(acceptance.live);
  *proto.mutable_by() = PersonToProto(acceptance.by);
  proto.set_accepted_us(ToMicros(acceptance.accepted));
  return proto;
}

v1::RulesRecord ToProto(const RulesInput& record) {
  v1::RulesRecord proto;
  if (const auto* document = std::get_if<Document>(&record)) {
    *proto.mutable_document() = ToProto(*document);
  } else if (const auto* activation = std::get_if<Activation>(&record)) {
    *proto.mutable_activation() = ToProto(*activation);
  } else if (const auto* proposal = std::get_if<Proposal>(&record)) {
    *proto.mutable_proposal() = ToProto(*proposal);
  } else if (const auto* confirmation = std::get_if<Confirmation>(&record)) {
    *proto.mutable_confirmation() = ToProto(*confirmation);
  } else if (const auto* acceptance = std::get_if<Acceptance>(&record)) {
    *proto.mutable_acceptance() = ToProto(*acceptance);
  } else if (const auto* throttle = std::get_if<Throttle>(&record)) {
    proto.mutable_throttle()->set_rule(throttle->rule.str());
    proto.mutable_throttle()->set_rules_digest(throttle->rules_digest);
    proto.mutable_throttle()->set_keyed_partition(throttle->keyed_partition);
  }
  return proto;
}

absl::StatusOr<RulesInput> FromProto(const v1::RulesRecord& proto) {
  switch (proto.record_case()) {
    case v1::RulesRecord::kDocument: {
      TOCSIN_ASSIGN_OR_RETURN(Document document, FromProto(proto.document()));
      return RulesInput(std::move(document));
    }
    case v1::RulesRecord::kActivation: {
      TOCSIN_ASSIGN_OR_RETURN(Activation activation, FromProto(proto.activation()));
      return RulesInput(std::move(activation));
    }
    case v1::RulesRecord::kProposal: {
      TOCSIN_ASSIGN_OR_RETURN(Proposal proposal, FromProto(proto.proposal()));
      return RulesInput(std::move(proposal));
    }
    case v1::RulesRecord::kConfirmation:
      return RulesInput(FromProto(proto.confirmation()));
    case v1::RulesRecord::kAcceptance:
      return RulesInput(FromProto(proto.acceptance()));
    case v1::RulesRecord::kThrottle:
      return RulesInput(Throttle{RuleId(proto.throttle().rule()), proto.throttle().rules_digest(),
                                 proto.throttle().keyed_partition()});
    case v1::RulesRecord::RECORD_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError(
      "record: none of document, activation, proposal, confirmation, acceptance and throttle");
}

}  // namespace tocsin
