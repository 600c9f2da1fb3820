#include "lib/publication/records.h"

#include <algorithm>

#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/publication/fields.h"

namespace tocsin {
namespace {

std::string KeyOf(const Document& d) {
  return StrCat(d.kind, "/", d.name, "/", d.version, "/", d.sha256);
}
std::string KeyOf(const Activation& a) { return "activation/" + a.digest; }
std::string KeyOf(const Proposal& p) {
  return StrCat("proposal/", p.id, "/", ShortHashHex(EncodeFields(p)));
}
std::string KeyOf(const Confirmation& c) {
  return StrCat("confirmation/", c.proposal_id, "/", ShortHashHex(EncodeFields(c)));
}
std::string KeyOf(const Acceptance& a) {
  return StrCat("acceptance/", a.mission.str(), "/", a.rule.str(), "/",
                ShortHashHex(EncodeFields(a)));
}

std::string KeyOf(const Throttle& t) { return "throttle/" + t.rule.str(); }

}  // namespace

std::string NameOf(const Person& person) { return person.mission.str() + "/" + person.name; }

std::string RecordKey(const RulesInput& record) {
  return std::visit([](const auto& one) { return KeyOf(one); }, record);
}

std::vector<DocumentRef> ProposedPart(const std::vector<DocumentRef>& documents) {
  std::vector<DocumentRef> proposed;
  std::copy_if(documents.begin(), documents.end(), std::back_inserter(proposed),
               [](const DocumentRef& ref) { return ref.kind != "acceptance"; });
  return proposed;
}

std::string BasisOf(const Activation& activation) {
  return DigestOf(ProposedPart(activation.documents), activation.live_missions);
}

}  // namespace tocsin
