#include "lib/task/state_home.h"

#include <algorithm>
#include <utility>

#include <absl/strings/str_cat.h>

#include "lib/base/status_macros.h"
#include "lib/task/blocked.h"

namespace tocsin::task_internal {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

// Syslog severities.
constexpr int kError = 3;
constexpr int kWarning = 4;
constexpr int kInfo = 6;

std::string Describe(const TaskPosition& position) {
  std::string text;
  for (const auto& [source, next] : position.next) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", next, " of ", source.topic, "[",
                    source.partition, "]");
  }
  return text;
}

}  // namespace

StateHome::~StateHome() { StopPublishing(); }

void StateHome::StopPublishing() {
  stop_.request_stop();
  publishing_.reset();
  stop_ = {};
  staged_ = {};
}

absl::StatusOr<std::unique_ptr<Store>> StateHome::Open(const TaskIdentity& identity, bool anew,
                                                       TaskReport& report) {
  identity_ = identity;
  if (!options_.checkpoint_folder.empty() && shelf_ == nullptr) {
    TOCSIN_ASSIGN_OR_RETURN(shelf_,
                            world_.OpenShelf(options_.checkpoint_folder, options_.state_folder));
  }
  for (bool again = false;; again = true) {
    auto store = TryOpen(/*load=*/true, report);
    const bool ours = anew && BlockedBy(store.status()).has_value();
    if (again || (!absl::IsDataLoss(store.status()) && !ours)) return store;
    TOCSIN_RETURN_IF_ERROR(SetAside(std::string(store.status().message()), report));
  }
}

absl::StatusOr<std::unique_ptr<Store>> StateHome::OpenEmpty(const std::string& why,
                                                            TaskReport& report) {
  TOCSIN_RETURN_IF_ERROR(SetAside(why, report));
  return TryOpen(/*load=*/false, report);
}

absl::StatusOr<std::unique_ptr<Store>> StateHome::TryOpen(bool load, TaskReport& report) {
  TOCSIN_ASSIGN_OR_RETURN(std::unique_ptr<Store> store, OpenSound());
  if (ReadPosition(*store) != TaskPosition()) {
    // What is there is never replaced because it is of another identity: that is for a person.
    Overlay unused(*store);
    TOCSIN_RETURN_IF_ERROR(
        CheckIdentity(options_.state_folder, identity_, unused, options_.upgrades_from));
  }
  if (load && shelf_ != nullptr) {
    TOCSIN_ASSIGN_OR_RETURN(store, LoadFurther(std::move(store), report));
  }
  Overlay overlay(*store);
  TOCSIN_RETURN_IF_ERROR(
      CheckIdentity(options_.state_folder, identity_, overlay, options_.upgrades_from));
  TOCSIN_RETURN_IF_ERROR(store->Apply(overlay.Take()));
  return store;
}

absl::StatusOr<std::unique_ptr<Store>> StateHome::OpenSound() {
  auto store = world_.OpenStore(options_.state_folder, options_.resources);
  if (!store.ok()) return store;
  TOCSIN_RETURN_IF_ERROR(CheckStateFormat(options_.state_format, **store));
  (void)ReadPosition(**store);
  // Of what was read, and before it is believed.
  TOCSIN_RETURN_IF_ERROR((*store)->health());
  return store;
}

absl::Status StateHome::SetAside(const std::string& why, TaskReport& report) {
  // Of the same store, and so of no use.
  StopPublishing();
  ++report.states_set_aside;
  log_(kError, absl::StrCat("cannot use its state, which is now in ", options_.state_folder,
                            ".aside, and makes it anew: ", why));
  return world_.SetAside(options_.state_folder);
}

void StateHome::Unusable(int64_t number, const absl::Status& why, TaskReport& report) {
  ++report.checkpoints_unusable;
  log_(kError, absl::StrCat("cannot use checkpoint ", number, " in ", options_.checkpoint_folder,
                            ": ", why.message()));
}

absl::StatusOr<std::vector<StateHome::Candidate>> StateHome::Candidates(TaskReport& report) {
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<int64_t> numbers, shelf_->List());
  std::vector<Candidate> candidates;
  for (const int64_t number : numbers) {
    auto manifest = shelf_->Read(number);
    if (absl::IsNotFound(manifest.status())) continue;
    absl::Status status = manifest.status();
    if (status.ok()) status = CheckManifest(*manifest, options_.name, identity_);
    if (status.ok()) {
      candidates.push_back({number, *std::move(manifest)});
    } else {
      Unusable(number, status, report);
    }
  }
  std::sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) {
    return std::pair(ProgressOf(a.manifest.position), a.number) >
           std::pair(ProgressOf(b.manifest.position), b.number);
  });
  return candidates;
}

absl::StatusOr<std::unique_ptr<Store>> StateHome::LoadFurther(std::unique_ptr<Store> store,
                                                              TaskReport& report) {
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<Candidate> candidates, Candidates(report));
  bool failed = false;
  for (const Candidate& candidate : candidates) {
    if (ProgressOf(candidate.manifest.position) <= ProgressOf(ReadPosition(*store))) break;
    store.reset();
    auto loaded = Load(candidate);
    if (loaded.ok()) {
      ++report.states_loaded;
      log_(kInfo, absl::StrCat("loaded checkpoint ", candidate.number, ", which stands at ",
                               Describe(candidate.manifest.position)));
      return loaded;
    }
    failed = true;
    Unusable(candidate.number, loaded.status(), report);
    TOCSIN_ASSIGN_OR_RETURN(store, OpenSound());
  }
  if (failed) {
    log_(kError,
         absl::StrCat("goes on without a newer checkpoint, from ",
                      ReadPosition(*store) == TaskPosition() ? "the beginning of the log"
                                                             : Describe(ReadPosition(*store))));
  }
  return store;
}

// Its errors leave no part of it in the state folder.
absl::StatusOr<std::unique_ptr<Store>> StateHome::Load(const Candidate& candidate) {
  TOCSIN_RETURN_IF_ERROR(shelf_->Fetch(candidate.number));
  auto store = world_.OpenStore(options_.state_folder, options_.resources);
  absl::Status status = store.status();
  if (status.ok()) {
    const TaskPosition position = ReadPosition(**store);
    status = (*store)->health();
    if (status.ok() && position != candidate.manifest.position) {
      status = absl::DataLossError(absl::StrCat("its manifest stands at ",
                                                Describe(candidate.manifest.position),
                                                ", and its state at ", Describe(position)));
    }
  }
  if (status.ok()) return store;
  if (store.ok()) store->reset();
  TOCSIN_RETURN_IF_ERROR(world_.SetAside(options_.state_folder));
  return status;
}

absl::Status StateHome::Tend(Store& store, TaskReport& report) {
  if (shelf_ == nullptr) return absl::OkStatus();
  const auto now = world_.Now();
  if (due_ == TaskWorld::Clock::time_point()) due_ = now + options_.checkpoint_every;
  if (publishing_ != nullptr) {
    if (!publishing_->IsDone()) return absl::OkStatus();
    TOCSIN_RETURN_IF_ERROR(End(report));
  }
  if (now < due_) return absl::OkStatus();
  due_ = now + options_.checkpoint_every;
  Begin(store, report);
  return absl::OkStatus();
}

void StateHome::Begin(Store& store, TaskReport& report) {
  CheckpointManifest manifest;
  manifest.task = options_.name;
  manifest.identity = identity_;
  manifest.position = ReadPosition(store);
  // Nothing has come since the last one.
  if (manifest.position == staged_ || manifest.position == TaskPosition()) return;
  const auto begun = world_.Now();
  const absl::Status staged = shelf_->Stage(store);
  if (!staged.ok()) {
    ++report.checkpoint_failures;
    log_(kError, absl::StrCat("made no checkpoint: ", staged.message()));
    return;
  }
  report.checkpoint_stall = duration_cast<std::chrono::microseconds>(world_.Now() - begun);
  staged_ = manifest.position;
  publishing_ = world_.Start([this, manifest] { return Publish(manifest); });
}

absl::Status StateHome::End(TaskReport& report) {
  const absl::Status status = publishing_->Wait();
  publishing_.reset();
  if (status.ok()) {
    ++report.checkpoints;
    log_(kInfo, absl::StrCat("published checkpoint ", published_, ", which stands at ",
                             Describe(staged_)));
    return absl::OkStatus();
  }
  ++report.checkpoint_failures;
  log_(kError, absl::StrCat("published no checkpoint: ", status.message()));
  // The next is made whether or not something has come.
  staged_ = {};
  return absl::IsDataLoss(status) ? status : absl::OkStatus();
}

absl::Status StateHome::Publish(CheckpointManifest manifest) {
  TOCSIN_ASSIGN_OR_RETURN(published_, shelf_->Publish(std::move(manifest), stop_.get_token()));
  const absl::Status pruned = Prune();
  // It is there, whatever else could not be removed.
  if (!pruned.ok()) {
    log_(kWarning, absl::StrCat("could not remove old checkpoints: ", pruned.message()));
  }
  return absl::OkStatus();
}

absl::Status StateHome::Prune() {
  TOCSIN_ASSIGN_OR_RETURN(const std::vector<int64_t> numbers, shelf_->List());
  std::vector<std::pair<std::pair<int64_t, int64_t>, int64_t>> own;  // progress, number
  std::vector<int64_t> others;
  for (const int64_t number : numbers) {
    const auto manifest = shelf_->Read(number);
    if (manifest.ok() && CheckManifest(*manifest, options_.name, identity_).ok()) {
      own.emplace_back(ProgressOf(manifest->position), number);
    } else {
      others.push_back(number);
    }
  }
  const auto kept = static_cast<size_t>(options_.checkpoints_kept);
  if (own.size() < kept) return absl::OkStatus();
  std::sort(own.rbegin(), own.rend());
  int64_t oldest = own.front().second;
  for (size_t i = 0; i < kept; ++i) oldest = std::min(oldest, own[i].second);
  for (size_t i = kept; i < own.size(); ++i) {
    TOCSIN_RETURN_IF_ERROR(shelf_->Remove(own[i].second));
  }
  // Unreadable, or of another build or generation: as old as what they lie among.
  for (const int64_t number : others) {
    if (number < oldest) TOCSIN_RETURN_IF_ERROR(shelf_->Remove(number));
  }
  return absl::OkStatus();
}

}  // namespace tocsin::task_internal
