#include "lib/publication/kept.h"

#include "lib/base/canonical.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/publication/fields.h"
#include "lib/rules/document_store.h"

namespace tocsin {
namespace {

constexpr std::string_view kInEffect = "pa";
constexpr std::string_view kHistory = "ph";
constexpr std::string_view kProposals = "pp";
constexpr std::string_view kAcceptances = "pr";

std::string Key(std::string_view prefix, const std::string& id) {
  return StrCat(prefix, CanonicalWriter().Bytes(id).str());
}

template <class T>
absl::StatusOr<T> Read(std::string_view what, std::string_view bytes) {
  StateReader in(bytes);
  T value;
  in(value);
  if (!in.Complete()) return absl::DataLossError(StrCat(what, " cannot be read from the state"));
  return value;
}

template <class T>
absl::StatusOr<std::optional<T>> Find(std::string_view what, const std::string& key,
                                      const ReadState& state) {
  const std::optional<std::string> bytes = state.Get(key);
  if (!bytes) return std::nullopt;
  TOCSIN_ASSIGN_OR_RETURN(T value, Read<T>(what, *bytes));
  return std::optional<T>(std::move(value));
}

template <class T>
absl::StatusOr<std::vector<T>> All(std::string_view what, std::string_view prefix,
                                   const ReadState& state) {
  std::vector<T> values;
  absl::Status status;
  state.Scan(prefix, PrefixEnd(prefix), [&](std::string_view, std::string_view bytes) {
    absl::StatusOr<T> value = Read<T>(what, bytes);
    status = value.status();
    if (status.ok()) values.push_back(*std::move(value));
    return status.ok();
  });
  TOCSIN_RETURN_IF_ERROR(status);
  return values;
}

}  // namespace

namespace publication_internal {

void KeepProposal(const KeptProposal& proposal, State& state) {
  state.Put(Key(kProposals, proposal.proposal.id), EncodeFields(proposal));
}

void KeepEntry(const PublicationEntry& entry, State& state) {
  int64_t number = 0;
  state.Scan(kHistory, PrefixEnd(kHistory), [&](std::string_view, std::string_view) {
    ++number;
    return true;
  });
  state.Put(StrCat(kHistory, CanonicalWriter().Int64(number).str()), EncodeFields(entry));
  state.Put(kInEffect, EncodeFields(entry.activation));
}

void KeepAcceptance(const Acceptance& acceptance, State& state) {
  state.Put(Key(kAcceptances, acceptance.id), EncodeFields(acceptance));
}

absl::StatusOr<std::optional<Acceptance>> FindAcceptance(const std::string& id,
                                                         const ReadState& state) {
  return Find<Acceptance>("an acceptance", Key(kAcceptances, id), state);
}

}  // namespace publication_internal

absl::StatusOr<std::optional<Activation>> InEffect(const ReadState& state) {
  return Find<Activation>("the activation in effect", std::string(kInEffect), state);
}

absl::StatusOr<std::vector<PublicationEntry>> PublicationHistory(const ReadState& state) {
  return All<PublicationEntry>("the history of publications", kHistory, state);
}

absl::StatusOr<std::optional<KeptProposal>> FindProposal(const std::string& id,
                                                         const ReadState& state) {
  return Find<KeptProposal>("a proposal", Key(kProposals, id), state);
}

absl::StatusOr<std::vector<KeptProposal>> Proposals(const ReadState& state) {
  return All<KeptProposal>("a proposal", kProposals, state);
}

absl::StatusOr<Pack> PackOf(const Activation& activation, const ReadState& state) {
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<Document> documents,
                          FindDocuments("activation.documents", activation.documents, state));
  return ParsePack(documents, activation.live_missions);
}

}  // namespace tocsin
