#include "gateway/open_stores.h"

#include <filesystem>
#include <utility>

#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/kafka/topic_set.h"
#include "lib/rocks/store.h"
#include "lib/service/service.h"

namespace tocsin::gateway {
namespace {

class RocksViewStore final : public ViewStore {
 public:
  explicit RocksViewStore(std::unique_ptr<Store> store) : store_(std::move(store)) {}
  std::optional<std::string> Get(std::string_view key) const override { return store_->Get(key); }
  void Scan(std::string_view from, std::string_view to, Visitor visit) const override {
    store_->Scan(from, to, visit);
  }
  absl::Status Write(const Overlay::Writes& writes) override { return store_->Apply(writes); }
  absl::Status health() const override { return store_->health(); }

 private:
  const std::unique_ptr<Store> store_;
};

// Whether the log can be read on from there.
absl::Status CheckPosition(const SourceId& source, int64_t offset, Consumer& consumer) {
  TOCSIN_ASSIGN_OR_RETURN(const auto marks, consumer.Watermarks(source));
  if (offset >= marks.first && offset <= marks.second) return absl::OkStatus();
  return absl::FailedPreconditionError(StrCat("it is at offset ", offset, " of ", source.topic, "[",
                                              source.partition, "], and the log has ", marks.first,
                                              " to ", marks.second));
}

// `use` opens what lies in the store, and lets go of it where it says FailedPrecondition: then the
// store is removed, and used once more.
absl::StatusOr<std::unique_ptr<ViewStore>> OpenStore(
    const std::string& state_dir, const std::string& name,
    absl::FunctionRef<absl::Status(ViewStore&)> use) {
  const std::filesystem::path path = std::filesystem::path(state_dir) / name;
  for (const bool last_try : {false, true}) {
    TOCSIN_ASSIGN_OR_RETURN(std::unique_ptr<Store> opened, Store::Open(path.string()));
    std::unique_ptr<ViewStore> store = std::make_unique<RocksViewStore>(std::move(opened));
    const absl::Status used = use(*store);
    if (used.ok()) return store;
    if (last_try || !absl::IsFailedPrecondition(used)) return used;
    Log(LogLevel::kWarning, StrCat("the ", name, " is built anew"),
        {{"reason", std::string(used.message())}});
    store.reset();
    std::error_code error;
    std::filesystem::remove_all(path, error);
    if (error) return absl::InternalError(StrCat(path.string(), ": ", error.message()));
  }
  return absl::InternalError(StrCat("the ", name, " cannot be opened"));
}

}  // namespace

absl::StatusOr<OpenedView> OpenView(const std::string& state_dir, const ViewShape& shape,
                                    Consumer& consumer) {
  OpenedView opened;
  const auto use = [&](ViewStore& store) -> absl::Status {
    TOCSIN_ASSIGN_OR_RETURN(std::unique_ptr<View> view, View::Open(store, shape));
    for (const auto& [source, offset] : view->Positions()) {
      TOCSIN_RETURN_IF_ERROR(CheckPosition(source, offset, consumer));
    }
    opened.view = std::move(view);
    return absl::OkStatus();
  };
  TOCSIN_ASSIGN_OR_RETURN(opened.store, OpenStore(state_dir, "view", use));
  return opened;
}

absl::StatusOr<OpenedLedger> OpenLedger(const std::string& state_dir, const LedgerShape& shape,
                                        Consumer& consumer) {
  OpenedLedger opened;
  const auto use = [&](ViewStore& store) -> absl::Status {
    TOCSIN_ASSIGN_OR_RETURN(std::unique_ptr<DeliveryLedger> ledger,
                            DeliveryLedger::Open(store, shape));
    if (const auto position = ledger->Position()) {
      TOCSIN_RETURN_IF_ERROR(CheckPosition({kReceiptsTopic, 0}, *position, consumer));
    }
    opened.ledger = std::move(ledger);
    return absl::OkStatus();
  };
  TOCSIN_ASSIGN_OR_RETURN(opened.store, OpenStore(state_dir, "ledger", use));
  return opened;
}

}  // namespace tocsin::gateway
