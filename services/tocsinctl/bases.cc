#include "tocsinctl/bases.h"

#include "lib/base/text.h"
#include "lib/wire/delta.h"

namespace tocsin::ctl {

absl::Status Bases::MakeWhole(v1::Delivery& delivery) {
  v1::WarningView& view = *delivery.mutable_view();
  const std::string& id = view.warning().id();
  if (delivery.has_delta()) {
    const auto base = bases_.find(id);
    if (base == bases_.end()) {
      return absl::FailedPreconditionError(
          StrCat("delta: the warning ", id, " did not come in this stream before"));
    }
    if (absl::Status put = PutBack(base->second.view, delivery.delta(), view); !put.ok())
      return put;
    delivery.clear_delta();
  }
  Base& base = bases_[id];
  base.view = view;
  ++base.deliveries;
  last_.push_back(id);
  if (last_.size() > kMost) {
    const auto oldest = bases_.find(last_.front());
    if (--oldest->second.deliveries == 0) bases_.erase(oldest);
    last_.pop_front();
  }
  return absl::OkStatus();
}

}  // namespace tocsin::ctl
