// The fields of the records and of what is kept of them, for domain/archive.h.
#pragma once

#include "lib/domain/archive.h"
#include "lib/publication/publication.h"

namespace tocsin {

constexpr PublicationKind LastEnumerator(PublicationKind) { return PublicationKind::kAcceptance; }
constexpr ProposalState LastEnumerator(ProposalState) { return ProposalState::kRefused; }

template <class A, class T>
requires kIs<T, DocumentRef>
void Fields(A& a, T& v) { a(v.kind, v.name, v.version, v.sha256); }
template <class A, class T>
requires kIs<T, Activation>
void Fields(A& a, T& v) { a(v.documents, v.digest, v.live_missions); }
template <class A, class T>
requires kIs<T, Person>
void Fields(A& a, T& v) { a(v.mission, v.name); }
template <class A, class T>
requires kIs<T, WatchBurden>
void Fields(A& a, T& v) {
  a(v.mission, v.watches, v.warnings, v.warnings_before, v.high, v.high_before, v.most,
    v.by_severity);
}
template <class A, class T>
requires kIs<T, Burden>
void Fields(A& a, T& v) { a(v.from, v.to, v.reports, v.missions); }
template <class A, class T>
requires kIs<T, Proposal>
void Fields(A& a, T& v) {
  a(v.id, v.documents, v.live_missions, v.base_digest, v.author, v.reason, v.proposed, v.burden);
}
template <class A, class T>
requires kIs<T, Confirmation>
void Fields(A& a, T& v) { a(v.proposal_id, v.confirmed, v.by, v.reason, v.decided); }
template <class A, class T>
requires kIs<T, Acceptance>
void Fields(A& a, T& v) { a(v.id, v.rule, v.mission, v.live, v.by, v.accepted); }
template <class A, class T>
requires kIs<T, KeptProposal>
void Fields(A& a, T& v) { a(v.proposal, v.state, v.decision); }
template <class A, class T>
requires kIs<T, PublicationEntry>
void Fields(A& a, T& v) {
  a(v.kind, v.activation, v.at, v.proposal, v.confirmation, v.added, v.changed, v.removed,
    v.documents, v.acceptance);
}

template <class T>
std::string EncodeFields(const T& value) {
  StateWriter out;
  out(value);
  return out.Take();
}

}  // namespace tocsin
