// What a gateway keeps on its disk, opened where the last process left it: the view and the ledger.
// If it is of another log it is made anew, since both are functions of the logs and of what is not
// yet in them.
#pragma once

#include <memory>
#include <string>

#include <absl/status/statusor.h>

#include "gateway/delivery_ledger.h"
#include "gateway/view.h"
#include "lib/kafka/client.h"

namespace tocsin::gateway {

struct OpenedView {
  std::unique_ptr<ViewStore> store;
  std::unique_ptr<View> view;
};
absl::StatusOr<OpenedView> OpenView(const std::string& state_dir, const ViewShape& shape,
                                    Consumer& consumer);

struct OpenedLedger {
  std::unique_ptr<ViewStore> store;
  std::unique_ptr<DeliveryLedger> ledger;
};
absl::StatusOr<OpenedLedger> OpenLedger(const std::string& state_dir, const LedgerShape& shape,
                                        Consumer& consumer);

}  // namespace tocsin::gateway
