#include "gateway/ledger_look.h"

#include "gateway/render.h"
#include "gateway/view.h"
#include "lib/wire/warning_kind.h"

namespace tocsin::gateway {
Looked Look(const View& view, const WarningId& id) {
  Looked looked;
  for (const View::Moment& moment : view.History(id)) {
    if (const auto* record = std::get_if<View::RecordPtr>(&moment.what)) {
      const v1::Warning& warning = (*record)->warning;
      looked.standing.reset();
      if (!VisibleToWatch(view.shape().mission, warning)) continue;
      if (Alerts(warning)) {
        looked.notes.push_back({{id, warning.revision(), ReceiptStage::kCommitted, moment.logged}});
      }
      if (IsOpen(warning)) {
        looked.standing = Standing{
            id, warning.number(), warning.revision(), warning.status(), warning.exercise_id(), {}};
      }
      continue;
    }
    const auto& taken = std::get<v1::ActionTaken>(moment.what);
    if (taken.action().person().empty()) continue;  // the gateway's own
    const int32_t revision = taken.action().warning_revision();
    looked.notes.push_back({{id, revision, ReceiptStage::kSeen, moment.logged}});
    if (taken.action().detail().has_acknowledge() && taken.outcome() == "applied") {
      looked.notes.push_back({{id, revision, ReceiptStage::kAcknowledged, moment.logged}});
    }
  }
  return looked;
}

std::set<WarningId> AllWarnings(const View& view) {
  std::set<WarningId> all;
  view.ScanNewest("", [&](std::string_view, const View::Record& record) {
    all.insert(WarningId(record.warning.id()));
    return true;
  });
  return all;
}

}  // namespace tocsin::gateway
