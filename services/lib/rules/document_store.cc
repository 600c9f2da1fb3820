#include "lib/rules/document_store.h"

#include <optional>
#include <utility>

#include "lib/base/canonical.h"
#include "lib/base/hash.h"
#include "lib/base/text.h"

namespace tocsin {
namespace {

// By digest too: a document may be published again under its version before it takes effect, and
// must not change what is in effect.
std::string KeyOf(const DocumentRef& ref) {
  return StrCat(
      kDocumentPrefix,
      CanonicalWriter().Bytes(ref.kind).Bytes(ref.name).Int64(ref.version).Bytes(ref.sha256).str());
}

}  // namespace

DocumentRef RefOf(const Document& document) {
  return {document.kind, document.name, document.version, document.sha256};
}

absl::Status KeepDocument(const Document& document, State& state) {
  if (document.kind.empty() || document.name.empty()) {
    return absl::InvalidArgumentError("document.kind and document.name must not be empty");
  }
  if (Sha256Hex(document.text) != document.sha256) {
    return absl::InvalidArgumentError(StrCat("document.sha256: is not the digest of the text of ",
                                             document.kind, "/", document.name, "/",
                                             document.version));
  }
  state.Put(KeyOf(RefOf(document)), document.text);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Document>> FindDocuments(std::string_view field,
                                                    const std::vector<DocumentRef>& refs,
                                                    const ReadState& state) {
  std::vector<Document> documents;
  for (const DocumentRef& ref : refs) {
    std::optional<std::string> text = state.Get(KeyOf(ref));
    if (!text) {
      return absl::InvalidArgumentError(StrCat(field, ": ", ref.kind, "/", ref.name, "/",
                                               ref.version, " with digest ", ref.sha256,
                                               " has not been published"));
    }
    documents.push_back({ref.kind, ref.name, ref.version, *std::move(text), ref.sha256});
  }
  return documents;
}

}  // namespace tocsin
