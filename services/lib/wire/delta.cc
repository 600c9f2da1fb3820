#include "lib/wire/delta.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/text.h"
#include "lib/wire/wire.h"

namespace tocsin {

std::optional<v1::Delta> TakeOut(const v1::WarningView& base, v1::WarningView& view,
                                 size_t least_saved) {
  std::map<std::string, int32_t> places;  // of the base's items, counted from 1
  for (const v1::Evidence& item : base.warning().evidence()) {
    places.emplace(SerializeDeterministic(item), static_cast<int32_t>(places.size()) + 1);
  }
  // Two equal items would make places of the map and of the list differ.
  if (places.size() != static_cast<size_t>(base.warning().evidence_size())) return std::nullopt;
  v1::Delta delta;
  delta.set_base_revision(base.warning().revision());
  size_t saved = 0;
  for (const v1::Evidence& item : view.warning().evidence()) {
    const std::string bytes = SerializeDeterministic(item);
    const auto place = places.find(bytes);
    delta.add_evidence(place == places.end() ? 0 : place->second);
    if (place != places.end()) saved += bytes.size();
  }
  delta.set_same_area(view.has_area() && base.has_area() &&
                      SerializeDeterministic(view.area()) == SerializeDeterministic(base.area()));
  if (delta.same_area()) saved += view.area().ByteSizeLong();
  if (saved < least_saved) return std::nullopt;
  auto& items = *view.mutable_warning()->mutable_evidence();
  int kept = 0;
  for (int i = 0; i < items.size(); ++i) {
    if (delta.evidence(i) == 0) items.SwapElements(kept++, i);
  }
  items.DeleteSubrange(kept, items.size() - kept);
  if (delta.same_area()) view.clear_area();
  return delta;
}

absl::Status PutBack(const v1::WarningView& base, const v1::Delta& delta, v1::WarningView& view) {
  const auto misfit = [&](const char* what) {
    return absl::FailedPreconditionError(StrCat("delta.", what, ": does not fit revision ",
                                                base.warning().revision(), " of the warning ",
                                                base.warning().id()));
  };
  if (base.warning().revision() != delta.base_revision() ||
      base.warning().id() != view.warning().id()) {
    return misfit("base_revision");
  }
  if (delta.same_area() && !base.has_area()) return misfit("same_area");
  std::vector<v1::Evidence> whole;
  int next = 0;
  for (const int32_t place : delta.evidence()) {
    if (place < 0 || place > base.warning().evidence_size() ||
        (place == 0 && next == view.warning().evidence_size())) {
      return misfit("evidence");
    }
    whole.push_back(place == 0 ? view.warning().evidence(next++)
                               : base.warning().evidence(place - 1));
  }
  if (next != view.warning().evidence_size()) return misfit("evidence");
  view.mutable_warning()->mutable_evidence()->Assign(whole.begin(), whole.end());
  if (delta.same_area()) *view.mutable_area() = base.area();
  return absl::OkStatus();
}

}  // namespace tocsin
