#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/wire/common.h"

namespace tocsin {

v1::Document ToProto(const Document& document) {
  v1::Document proto;
  proto.set_kind(document.kind);
  proto.set_name(document.name);
  proto.set_version(document.version);
  proto.set_text(document.text);
  proto.set_sha256(document.sha256);
  return proto;
}

absl::StatusOr<Document> FromProto(const v1::Document& proto) {
  if (Sha256Hex(proto.text()) != proto.sha256()) {
    return absl::InvalidArgumentError(StrCat("document ", proto.kind(), "/", proto.name(), "/",
                                             proto.version(), ".sha256: not that of its text"));
  }
  return Document{proto.kind(), proto.name(), proto.version(), proto.text(), proto.sha256()};
}

v1::Activation ToProto(const Activation& activation) {
  v1::Activation proto;
  for (const DocumentRef& ref : activation.documents) {
    v1::DocumentRef* out = proto.add_documents();
    out->set_kind(ref.kind);
    out->set_name(ref.name);
    out->set_version(ref.version);
    out->set_sha256(ref.sha256);
  }
  proto.set_digest(activation.digest);
  wire::IdsToProto(activation.live_missions, proto.mutable_live_missions());
  return proto;
}

absl::StatusOr<Activation> FromProto(const v1::Activation& proto) {
  Activation activation;
  for (const v1::DocumentRef& ref : proto.documents()) {
    activation.documents.push_back({ref.kind(), ref.name(), ref.version(), ref.sha256()});
  }
  std::sort(activation.documents.begin(), activation.documents.end());
  activation.live_missions = wire::IdsFromProto<MissionId>(proto.live_missions());
  std::sort(activation.live_missions.begin(), activation.live_missions.end());
  activation.digest = proto.digest();
  if (DigestOf(activation.documents, activation.live_missions) != activation.digest) {
    return absl::InvalidArgumentError(
        "activation.digest: not that of its documents and live missions");
  }
  return activation;
}

}  // namespace tocsin
