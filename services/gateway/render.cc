#include "gateway/render.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "lib/base/text.h"
#include "lib/domain/outline.h"
#include "lib/wire/lifecycle.h"
#include "lib/wire/wire.h"

namespace tocsin::gateway {
namespace {

// An unreadable label is an absent one: released to nobody.
Label LabelOf(const v1::Label& proto) {
  const absl::StatusOr<Label> label = FromProto(proto);
  if (label.ok()) return *label;
  Label absent;
  absent.originator = MissionId(proto.originator());
  return absent;
}

Decision DecideWarning(const Principal& principal, const v1::Warning& warning) {
  Object object;
  object.kind = ObjectKind::kWarning;
  object.label = LabelOf(warning.label());
  for (const std::string& mission : warning.addressees()) object.addressees.emplace_back(mission);
  return Decide(principal, object, FromMicros(warning.issued_us()));
}

// Leaves the items that the caller may see.
void FilterEvidence(const Principal& principal, Time log_time, v1::WarningView& view) {
  v1::Warning& warning = *view.mutable_warning();
  std::map<std::pair<std::string, std::string>, int32_t> withheld;
  auto& items = *warning.mutable_evidence();
  const auto gone = std::remove_if(items.begin(), items.end(), [&](const v1::Evidence& item) {
    const Decision decision =
        Decide(principal, Object{ObjectKind::kEvidence, LabelOf(item.label()), {}}, log_time);
    if (decision.access == Access::kFull) return false;
    if (decision.access == Access::kWithheld) {
      // Who filed it can say whose it is, where the label does not.
      const std::string& ask =
          decision.ask.empty() ? item.identity().mission() : decision.ask.str();
      ++withheld[{ask, decision.reason}];
    }
    return true;
  });
  items.erase(gone, items.end());
  for (const auto& [whom_and_why, count] : withheld) {
    v1::Withheld* out = view.add_withheld();
    out->set_originator(whom_and_why.first);
    out->set_reason(whom_and_why.second);
    out->set_items(count);
  }
}

// Of the evidence that was left: what is withheld must not show by its place either.
void AddArea(v1::WarningView& view) {
  std::vector<Disc> discs;
  for (const v1::Evidence& item : view.warning().evidence()) {
    if (!item.has_point()) continue;
    discs.push_back({{item.point().latitude(), item.point().longitude()}, item.uncertainty_m()});
  }
  const std::vector<MapRing> outline = OutlineOf(discs);
  if (outline.empty()) return;
  view.mutable_area()->set_geojson(GeoJsonOf(outline));
  for (std::string& polygon : CapPolygonsOf(outline)) {
    view.mutable_area()->add_cap_polygons(std::move(polygon));
  }
}

// All but references and life. The caller's name decides nothing here, so it is not there.
std::optional<v1::WarningView> RenderContent(const MissionId& mission, Role role,
                                             const v1::Warning& stored) {
  const Principal anybody{mission, role, ""};
  if (!Visible(anybody, stored)) return std::nullopt;
  v1::WarningView view;
  *view.mutable_warning() = stored;
  view.mutable_warning()->DiscardUnknownFields();
  FilterEvidence(anybody, FromMicros(stored.issued_us()), view);
  AddArea(view);
  return view;
}

// References are seen by those who may see what they refer to.
void FilterReferences(const Principal& principal, MayName may_name, v1::Warning& warning) {
  if (warning.has_caused_by()) {
    const v1::Identity& cause = warning.caused_by();
    const bool own = cause.mission() == principal.mission.str();
    const bool shown = std::any_of(
        warning.evidence().begin(), warning.evidence().end(), [&](const v1::Evidence& item) {
          return item.identity().mission() == cause.mission() && item.identity().id() == cause.id();
        });
    if (!own && !shown) {
      warning.clear_caused_by();
      warning.clear_caused_by_revision();
    }
  }
  if (!warning.merged_into().empty() && !may_name(WarningId(warning.merged_into()))) {
    warning.clear_merged_into();
  }
  if (!warning.split_from().empty() && !may_name(WarningId(warning.split_from()))) {
    warning.clear_split_from();
  }
  auto& others = *warning.mutable_rests_on();
  const auto gone = std::remove_if(others.begin(), others.end(), [&](const v1::RestsOn& other) {
    return !may_name(WarningId(other.warning_id()));
  });
  others.erase(gone, others.end());
}

}  // namespace

void DropEvidence(v1::WarningView& view) { view.mutable_warning()->clear_evidence(); }

bool Visible(const Principal& principal, const v1::Warning& stored) {
  return DecideWarning(principal, stored).access == Access::kFull;
}

bool VisibleToWatch(const MissionId& mission, const v1::Warning& stored) {
  return Visible({mission, Role::kWatchOfficer, ""}, stored);
}

std::optional<v1::WarningView> Renderings::Render(const Principal& principal,
                                                  const v1::Warning& stored,
                                                  absl::FunctionRef<Lifecycle()> life,
                                                  MayName may_name) {
  const Content content = ContentOf(principal, stored);
  if (content == nullptr) return std::nullopt;
  std::optional<v1::WarningView> view = *content;
  FilterReferences(principal, may_name, *view->mutable_warning());
  *view->mutable_lifecycle() = ToProto(life());
  return view;
}

Renderings::Content Renderings::ContentOf(const Principal& principal, const v1::Warning& stored) {
  // When it was issued: one that was forgotten long ago may begin again.
  std::string key = StrCat(principal.mission.str(), "/", static_cast<int>(principal.role), "/",
                           stored.id(), "/", stored.revision(), "/", stored.issued_us());
  {
    const MutexLock lock(mutex_);
    const auto found = contents_.find(key);
    if (found != contents_.end()) return found->second;
  }
  auto rendered = RenderContent(principal.mission, principal.role, stored);
  // Most records of a busy log are for other JOCs, and cost nothing.
  if (!rendered) return nullptr;
  const size_t bytes = key.size() + rendered->SpaceUsedLong();
  Content content = std::make_shared<const v1::WarningView>(*std::move(rendered));
  const MutexLock lock(mutex_);
  if (!contents_.emplace(key, content).second) return content;
  order_.push_back({std::move(key), bytes});
  bytes_ += bytes;
  for (; bytes_ > most_bytes_ && !order_.empty(); order_.pop_front()) {
    bytes_ -= order_.front().bytes;
    contents_.erase(order_.front().key);
  }
  return content;
}

}  // namespace tocsin::gateway
