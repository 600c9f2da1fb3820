#include "gateway/rules_service.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/rules/document_store.h"
#include "lib/wire/wire.h"

namespace tocsin::gateway {
namespace {

constexpr size_t kShortestDigest = 8;

// What the digest begins with names one activation of the history.
absl::StatusOr<Activation> FindActivation(const std::string& digest, const ReadState& state) {
  if (digest.empty()) {
    TOCSIN_ASSIGN_OR_RETURN(std::optional<Activation> active, InEffect(state));
    if (active) return *std::move(active);
    return absl::NotFoundError("no rules are in effect yet");
  }
  if (digest.size() < kShortestDigest) {
    return absl::InvalidArgumentError(StrCat("digest: give ", kShortestDigest, " digits at least"));
  }
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<PublicationEntry> history, PublicationHistory(state));
  const Activation* found = nullptr;
  for (const PublicationEntry& entry : history) {
    if (!entry.activation.digest.starts_with(digest)) continue;
    if (found != nullptr && found->digest != entry.activation.digest) {
      return absl::InvalidArgumentError(
          StrCat("digest: two of the history begin with ", digest, "; give more of it"));
    }
    found = &entry.activation;
  }
  if (found != nullptr) return *found;
  return absl::NotFoundError(StrCat("digest: the history has none that begins with ", digest));
}

absl::Status Answer(const std::string& digest, const ReadState& state,
                    v1::GetRulesResponse& response) {
  TOCSIN_ASSIGN_OR_RETURN(const Activation activation, FindActivation(digest, state));
  *response.mutable_activation() = ToProto(activation);
  response.set_base_digest(BasisOf(activation));
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<Document> documents,
                          FindDocuments("digest", activation.documents, state));
  for (const Document& document : documents) *response.add_documents() = ToProto(document);
  return absl::OkStatus();
}

}  // namespace

grpc::ServerUnaryReactor* RulesService::GetRules(grpc::CallbackServerContext* context,
                                                 const v1::GetRulesRequest* request,
                                                 v1::GetRulesResponse* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  absl::Status status = RulesCallerOf(room_, *context, Act::kReadRules).status();
  if (status.ok()) {
    status = room_.log.Read(
        [&](const ReadState& state) { return Answer(request->digest(), state, *response); });
  }
  if (status.ok()) {
    std::set<std::string> digests;
    for (v1::EvaluatedUpTo& evaluated : room_.room.doors.Evaluated()) {
      if (!evaluated.rules_digest().empty()) digests.insert(evaluated.rules_digest());
      *response->add_evaluated() = std::move(evaluated);
    }
    for (const std::string& digest : digests) response->add_evaluated_digests(digest);
  }
  return Finish(room_.room, "GetRules", reactor, status);
}

}  // namespace tocsin::gateway
