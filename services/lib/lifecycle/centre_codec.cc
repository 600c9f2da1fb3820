#include <utility>

#include "lib/base/canonical.h"
#include "lib/lifecycle/centre.h"

namespace tocsin {
namespace {

constexpr int64_t kFormat = 1;

template <class Id>
void WriteIds(CanonicalWriter& out, const std::set<Id>& ids) {
  out.Int64(static_cast<int64_t>(ids.size()));
  for (const Id& id : ids) out.Bytes(id.str());
}

void WriteNote(CanonicalWriter& out, const std::optional<HandOverNote>& note) {
  out.Int64(note ? 1 : 0);
  if (!note) return;
  out.Bytes(note->offer)
      .Bytes(note->from)
      .Bytes(note->to)
      .Bytes(note->note)
      .TimeOf(note->offered)
      .TimeOf(note->was_signed);
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : in(bytes) {}

  // How many items follow: no more than the bytes could hold, as each takes some.
  int64_t Count() {
    const int64_t count = in.Int64();
    good = good && count >= 0;
    return good ? count : 0;
  }
  template <class Id>
  std::set<Id> Ids() {
    std::set<Id> ids;
    for (int64_t left = Count(); left > 0 && in.ok(); --left) ids.emplace(in.Bytes());
    return ids;
  }
  template <class E>
  E Enum(E last) {
    const int64_t value = in.Int64();
    good = good && value >= 0 && value <= static_cast<int64_t>(last);
    return static_cast<E>(value);
  }
  std::optional<HandOverNote> Note() {
    if (in.Int64() == 0) return std::nullopt;
    HandOverNote note;
    note.offer = in.Bytes();
    note.from = in.Bytes();
    note.to = in.Bytes();
    note.note = in.Bytes();
    note.offered = in.TimeOf();
    note.was_signed = in.TimeOf();
    return note;
  }

  CanonicalReader in;
  bool good = true;
};

}  // namespace

std::string Encode(const Centre& centre) {
  CanonicalWriter out;
  out.Int64(kFormat).Int64(centre.actions).Int64(static_cast<int64_t>(centre.silences.size()));
  for (const auto& [id, silence] : centre.silences) {
    out.Bytes(id);
    WriteIds(out, silence.filter.warnings);
    WriteIds(out, silence.filter.rules);
    WriteIds(out, silence.filter.areas);
    out.Int64(static_cast<int64_t>(silence.filter.severity_max))
        .Bytes(silence.person)
        .Bytes(silence.reason)
        .TimeOf(silence.set)
        .TimeOf(silence.expires)
        .Bytes(silence.countersigned_by)
        .TimeOf(silence.ended);
  }
  out.Int64(static_cast<int64_t>(centre.on_watch.size()));
  for (const auto& [desk, on_watch] : centre.on_watch) {
    out.Bytes(desk).Bytes(on_watch.person).TimeOf(on_watch.since);
  }
  WriteNote(out, centre.offered);
  WriteNote(out, centre.handed_over);
  out.Int64(static_cast<int64_t>(centre.seen.size()));
  for (const auto& [id, outcome] : centre.seen) {
    out.Bytes(id).Int64(static_cast<int64_t>(outcome));
  }
  return out.Take();
}

absl::StatusOr<Centre> DecodeCentre(std::string_view bytes) {
  Reader reader(bytes);
  CanonicalReader& in = reader.in;
  reader.good = in.Int64() == kFormat;
  Centre centre;
  centre.actions = in.Int64();
  for (int64_t left = reader.Count(); left > 0 && in.ok(); --left) {
    std::string id = in.Bytes();
    SilenceSet silence;
    silence.filter.warnings = reader.Ids<WarningId>();
    silence.filter.rules = reader.Ids<RuleId>();
    silence.filter.areas = reader.Ids<AreaId>();
    silence.filter.severity_max = reader.Enum(Severity::kExtreme);
    silence.person = in.Bytes();
    silence.reason = in.Bytes();
    silence.set = in.TimeOf();
    silence.expires = in.TimeOf();
    silence.countersigned_by = in.Bytes();
    silence.ended = in.TimeOf();
    centre.silences.emplace(std::move(id), std::move(silence));
  }
  for (int64_t left = reader.Count(); left > 0 && in.ok(); --left) {
    std::string desk = in.Bytes();
    OnWatch on_watch;
    on_watch.person = in.Bytes();
    on_watch.since = in.TimeOf();
    centre.on_watch.emplace(std::move(desk), std::move(on_watch));
  }
  centre.offered = reader.Note();
  centre.handed_over = reader.Note();
  for (int64_t left = reader.Count(); left > 0 && in.ok(); --left) {
    std::string id = in.Bytes();
    centre.seen.emplace_back(std::move(id), reader.Enum(Outcome::kGone));
  }
  if (!reader.good || !in.ok() || !in.done() || centre.actions < 0) {
    return absl::DataLossError("the stored bytes are of no centre");
  }
  return centre;
}

}  // namespace tocsin
