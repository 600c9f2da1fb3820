#include "gateway/delivery_ledger.h"

#include <algorithm>
#include <utility>

#include "gateway/keys.h"
#include "gateway/store_facts.h"
#include "lib/base/canonical.h"
#include "lib/base/status_macros.h"
#include "lib/base/text.h"
#include "lib/wire/wire.h"
#include "tocsin/v1/receipt.pb.h"

namespace tocsin::gateway {
namespace {

// Keys of the store. One letter says the kind; what follows sorts as its values do.
//
//   r <warning> <revision>           a row
//   q <warning> <revision>           that row owes receipts to the topic
//   p <client> <warning> <revision>  pushed to that client first of all, not known to be received
//   l                                the last revision that was received
//   b <mission> <instance>           what that gateway said last of its link
//   o                                next offset of the topic
//   m <name>                         facts about the store itself
constexpr int64_t kFormat = 1;
constexpr char kOffsetKey[] = "o";
constexpr char kLastKey[] = "l";
// A gateway process of which nothing was heard for so long is forgotten when another begins.
constexpr std::chrono::hours kOldInstance{24};

std::string KeyOf(char kind, const WarningId& id, int32_t revision) {
  return kind + CanonicalWriter().Bytes(id.str()).Int64(revision).Take();
}
std::string PushedKey(const std::string& client, const WarningId& id, int32_t revision) {
  return "p" + CanonicalWriter().Bytes(client).Bytes(id.str()).Int64(revision).Take();
}

struct Kept {
  DeliveryState told;   // by the topic
  DeliveryState noted;  // and not yet by the topic
  std::string client;   // that it was pushed to first of all, if it was by this gateway

  DeliveryState Both() const {
    DeliveryState both = told;
    for (const ReceiptStage stage : kReceiptStages) both.Apply(stage, noted.At(stage));
    return both;
  }
};

std::string Encode(const Kept& kept) {
  CanonicalWriter out;
  for (const ReceiptStage stage : kReceiptStages) {
    out.TimeOf(kept.told.At(stage)).TimeOf(kept.noted.At(stage));
  }
  return out.Bytes(kept.client).Take();
}

Kept Decode(std::string_view bytes) {
  Kept kept;
  CanonicalReader in(bytes);
  for (const ReceiptStage stage : kReceiptStages) {
    kept.told.Apply(stage, in.TimeOf());
    kept.noted.Apply(stage, in.TimeOf());
  }
  kept.client = in.Bytes();
  return kept;
}

std::string InstanceKey(const std::string& mission, const std::string& instance) {
  return "b" + CanonicalWriter().Bytes(mission).Bytes(instance).Take();
}

std::optional<LinkRecord> LinkOf(std::string_view key, std::string_view value) {
  LinkRecord link;
  link.mission = MissionId(CanonicalReader(key.substr(1)).Bytes());
  CanonicalReader in(value);
  link.logged = in.TimeOf();
  return link.beat.ParseFromString(in.Bytes()) && in.ok() ? std::optional(link) : std::nullopt;
}

void Keep(State& state, const LinkRecord& link) {
  const std::string key = InstanceKey(link.mission.str(), link.beat.instance());
  if (!state.Get(key)) {
    std::vector<std::string> old;
    const std::string prefix = Named('b', link.mission.str());
    state.Scan(prefix, PrefixEnd(prefix), [&](std::string_view other, std::string_view value) {
      const auto found = LinkOf(other, value);
      if (!found || link.logged - found->logged > kOldInstance) old.emplace_back(other);
      return true;
    });
    for (const std::string& other : old) state.Delete(other);
  }
  state.Put(key,
            CanonicalWriter().TimeOf(link.logged).Bytes(SerializeDeterministic(link.beat)).Take());
}

std::optional<Receipt> Last(const ReadState& state) {
  const auto bytes = state.Get(kLastKey);
  if (!bytes) return std::nullopt;
  CanonicalReader in(*bytes);
  Receipt last;
  last.stage = ReceiptStage::kReceived;
  last.at = in.TimeOf();
  last.warning = WarningId(in.Bytes());
  last.revision = static_cast<int32_t>(in.Int64());
  return last;
}

void KeepLast(State& state, const WarningId& id, int32_t revision, ReceiptStage stage, Time at) {
  if (stage != ReceiptStage::kReceived) return;
  const auto last = Last(state);
  if (last && last->at >= at) return;
  state.Put(kLastKey, CanonicalWriter().TimeOf(at).Bytes(id.str()).Int64(revision).Take());
}

struct Place {
  WarningId id;
  int32_t revision = 0;
};
Place PlaceOf(std::string_view key) {
  CanonicalReader in(key.substr(1));
  Place place;
  place.id = WarningId(in.Bytes());
  place.revision = static_cast<int32_t>(in.Int64());
  return place;
}

void Put(State& state, const WarningId& id, int32_t revision, const Kept& kept) {
  state.Put(KeyOf('r', id, revision), Encode(kept));
  const std::string owes = KeyOf('q', id, revision);
  if (kept.noted == DeliveryState()) {
    state.Delete(owes);
  } else {
    state.Put(owes, "");
  }
  if (!kept.client.empty() && kept.Both().Has(ReceiptStage::kReceived)) {
    state.Delete(PushedKey(kept.client, id, revision));
  }
}

// The row that a note on this revision counts for: the last one up to it.
std::optional<int32_t> RowUpTo(const ReadState& state, const WarningId& id, int32_t revision) {
  std::optional<int32_t> found;
  state.Scan(Named('r', id.str()), KeyOf('r', id, revision) + '\0',
             [&](std::string_view key, std::string_view) {
               found = PlaceOf(key).revision;
               return true;
             });
  return found;
}

bool Usable(const v1::DeliveryReceipt& receipt) {
  return !receipt.warning_id().empty() && receipt.revision() >= 1 && receipt.at_us() > 0 &&
         v1::ReceiptStage_IsValid(receipt.stage()) &&
         receipt.stage() != v1::RECEIPT_STAGE_UNSPECIFIED;
}

// Whether the note may hold: a client's word does for what was pushed, and only for that.
bool Holds(const Noted& note, const DeliveryState& state) {
  const ReceiptStage stage = note.receipt.stage;
  const bool clients_word =
      !note.client.empty() && (stage == ReceiptStage::kReceived || stage == ReceiptStage::kSeen);
  return !clients_word || state.Has(ReceiptStage::kPushed);
}

}  // namespace

absl::StatusOr<std::unique_ptr<DeliveryLedger>> DeliveryLedger::Open(ViewStore& store,
                                                                     LedgerShape shape) {
  std::unique_ptr<DeliveryLedger> ledger(new DeliveryLedger(store, std::move(shape)));
  TOCSIN_RETURN_IF_ERROR(ledger->CheckFacts());
  return ledger;
}

absl::Status DeliveryLedger::CheckFacts() {
  return gateway::CheckFacts(store_, "ledger",
                             {{"format", StrCat(kFormat)},
                              {"mission", shape_.mission.str()},
                              {"cluster", shape_.cluster},
                              {"epoch", shape_.epoch}});
}

absl::StatusOr<DeliveryLedger::Report> DeliveryLedger::Apply(
    const std::vector<InputRecord>& records) {
  Report report;
  Overlay overlay(store_);
  for (const InputRecord& record : records) {
    overlay.Put(kOffsetKey, CanonicalWriter().Int64(record.offset + 1).Take());
    v1::ReceiptsRecord proto;
    if (record.tombstone || !proto.ParseFromString(record.value) ||
        proto.record_case() == v1::ReceiptsRecord::RECORD_NOT_SET) {
      ++report.unusable;
      continue;
    }
    if (proto.has_link()) {
      if (proto.mission().empty() || proto.link().instance().empty()) {
        ++report.unusable;
        continue;
      }
      report.links.push_back({MissionId(proto.mission()), proto.link(), record.logged});
      Keep(overlay, report.links.back());
      continue;
    }
    if (proto.mission() != shape_.mission.str()) continue;
    for (const v1::DeliveryReceipt& receipt : proto.receipts().receipts()) {
      if (!Usable(receipt)) {
        ++report.unusable;
        continue;
      }
      const WarningId id(receipt.warning_id());
      const auto stage = static_cast<ReceiptStage>(receipt.stage());
      Kept kept = Decode(overlay.Get(KeyOf('r', id, receipt.revision())).value_or(""));
      if (!kept.told.Apply(stage, FromMicros(receipt.at_us()))) {
        ++report.repeated;
        continue;
      }
      kept.noted.Clear(stage);
      KeepLast(overlay, id, receipt.revision(), stage, FromMicros(receipt.at_us()));
      Put(overlay, id, receipt.revision(), kept);
      report.touched.insert(id);
      ++report.receipts;
    }
  }
  TOCSIN_RETURN_IF_ERROR(store_.Write(overlay.Take()));
  return report;
}

absl::Status DeliveryLedger::Note(const std::vector<Noted>& notes) {
  Overlay overlay(store_);
  for (const Noted& note : notes) {
    const Receipt& receipt = note.receipt;
    const std::optional<int32_t> row = receipt.stage == ReceiptStage::kCommitted
                                           ? receipt.revision
                                           : RowUpTo(overlay, receipt.warning, receipt.revision);
    if (!row) continue;
    Kept kept = Decode(overlay.Get(KeyOf('r', receipt.warning, *row)).value_or(""));
    const DeliveryState before = kept.Both();
    if (before.At(receipt.stage) != kUnknownTime || !Holds(note, before) ||
        !kept.noted.Apply(receipt.stage, receipt.at)) {
      continue;
    }
    if (receipt.stage == ReceiptStage::kPushed && !note.client.empty() && note.offset >= 0) {
      kept.client = note.client;
      overlay.Put(PushedKey(note.client, receipt.warning, *row),
                  CanonicalWriter().Int64(note.partition).Int64(note.offset).Take());
    }
    KeepLast(overlay, receipt.warning, *row, receipt.stage, receipt.at);
    Put(overlay, receipt.warning, *row, kept);
  }
  const Overlay::Writes writes = overlay.Take();
  return writes.empty() ? absl::OkStatus() : store_.Write(writes);
}

std::vector<Noted> DeliveryLedger::ReceivedBy(const std::string& client,
                                              const std::vector<int64_t>& offsets, Time now) const {
  std::vector<Noted> received;
  const std::string prefix = Named('p', client);
  store_.Scan(prefix, PrefixEnd(prefix), [&](std::string_view key, std::string_view value) {
    CanonicalReader place(key.substr(1));
    place.Bytes();
    CanonicalReader at(value);
    Noted note;
    note.client = client;
    note.receipt.warning = WarningId(place.Bytes());
    note.receipt.revision = static_cast<int32_t>(place.Int64());
    note.receipt.stage = ReceiptStage::kReceived;
    note.receipt.at = now;
    const int64_t partition = at.Int64();
    if (partition >= 0 && partition < static_cast<int64_t>(offsets.size()) &&
        at.Int64() < offsets[static_cast<size_t>(partition)]) {
      received.push_back(std::move(note));
    }
    return true;
  });
  return received;
}

absl::Status DeliveryLedger::Forget(const std::set<WarningId>& warnings) {
  Overlay overlay(store_);
  for (const WarningId& id : warnings) {
    for (const Row& row : Rows(id)) {
      const std::string key = KeyOf('r', id, row.revision);
      const Kept kept = Decode(store_.Get(key).value_or(""));
      overlay.Delete(key);
      overlay.Delete(KeyOf('q', id, row.revision));
      if (!kept.client.empty()) overlay.Delete(PushedKey(kept.client, id, row.revision));
    }
  }
  return store_.Write(overlay.Take());
}

std::optional<Receipt> DeliveryLedger::LastReceived() const { return Last(store_); }

std::vector<LinkRecord> DeliveryLedger::Links() const {
  std::vector<LinkRecord> links;
  store_.Scan("b", "c", [&](std::string_view key, std::string_view value) {
    if (const auto link = LinkOf(key, value)) links.push_back(*link);
    return true;
  });
  return links;
}

std::optional<int64_t> DeliveryLedger::Position() const {
  const auto bytes = store_.Get(kOffsetKey);
  if (!bytes) return std::nullopt;
  return CanonicalReader(*bytes).Int64();
}

std::vector<Receipt> DeliveryLedger::Owed(size_t most) const {
  std::vector<Receipt> owed;
  store_.Scan("q", "r", [&](std::string_view key, std::string_view) {
    const Place place = PlaceOf(key);
    const Kept kept = Decode(store_.Get(KeyOf('r', place.id, place.revision)).value_or(""));
    for (const ReceiptStage stage : kReceiptStages) {
      const Time at = kept.noted.At(stage);
      if (at != kUnknownTime) owed.push_back({place.id, place.revision, stage, at});
    }
    return owed.size() < most;
  });
  return owed;
}

std::vector<DeliveryLedger::Row> DeliveryLedger::Rows(const WarningId& id) const {
  std::vector<Row> rows;
  const std::string prefix = Named('r', id.str());
  store_.Scan(prefix, PrefixEnd(prefix), [&](std::string_view key, std::string_view value) {
    rows.push_back({PlaceOf(key).revision, Decode(value).Both()});
    return true;
  });
  return rows;
}

std::set<WarningId> DeliveryLedger::Warnings() const {
  std::set<WarningId> warnings;
  store_.Scan("r", "s", [&](std::string_view key, std::string_view) {
    warnings.insert(PlaceOf(key).id);
    return true;
  });
  return warnings;
}

}  // namespace tocsin::gateway
