#include "undisturbed.h"

#include <algorithm>
#include <set>
#include <utility>

#include "builds.h"
#include "disk.h"
#include "lib/base/text.h"
#include "lib/kafka/topic_set.h"
#include "lib/wire/wire.h"

namespace tocsin::simulation {
namespace {

// Until what was changed is reconciled, and all that was found has come back: each beat takes it
// further.
constexpr int kLastBeats = 8;

// Of each router task, in order.
std::vector<InputRecord> LastTicks(const std::vector<InputRecord>& keyed, const Shape& shape) {
  std::map<int32_t, InputRecord> last;
  for (size_t i = keyed.size(); i-- > 0 && std::ssize(last) < shape.router_tasks;) {
    v1::KeyedRecord proto;
    if (keyed[i].key != "tick" || !proto.ParseFromString(keyed[i].value)) continue;
    const auto record = FromProto(proto);
    if (!record.ok() || !std::holds_alternative<Tick>(*record)) continue;
    last.try_emplace(std::get<Tick>(*record).router.index, keyed[i]);
  }
  std::vector<InputRecord> ticks;
  ticks.reserve(last.size());
  for (auto& [router, tick] : last) ticks.push_back(std::move(tick));
  return ticks;
}

// The contents that stand, sorted; what was cancelled does not. `changed`: rules were, so that what
// expired, and what rests on that, is left out: it may have expired before or after.
std::vector<WarningContent> StandingContents(const std::map<WarningId, Warning>& warnings,
                                             bool changed) {
  std::vector<WarningContent> contents;
  for (const auto& [id, warning] : warnings) {
    if (warning.message_type == MessageType::kCancel) continue;
    if (changed && (warning.message_type == MessageType::kExpire || !warning.rests_on.empty())) {
      continue;
    }
    contents.push_back(warning.content);
  }
  std::sort(contents.begin(), contents.end());
  return contents;
}

std::string Describe(const WarningContent& content) {
  std::string text = StrCat("one of rule ", content.rule_id.str());
  for (const auto& [name, value] : content.key) text += StrCat(" ", name, "=", value);
  text += StrCat(" from ", ToMicros(content.episode.from), " to ", ToMicros(content.episode.to),
                 " ", content.absence_state, " with");
  for (const Evidence& item : content.evidence) {
    text += StrCat(" ", item.identity.mission.str(), "/", item.identity.id.str(), " revision ",
                   item.revision);
  }
  return text;
}

}  // namespace

Undisturbed::Undisturbed(const Universe& universe, const Shape& shape, const Reference& reference)
    : log_(universe.log), shape_(shape) {
  for (int32_t r = 0; r < shape.router_tasks; ++r) {
    Node& node = routers_.emplace_back();
    node.core = MakeRouterCore(shape, r, {}, Missions(), [this] { return now_; });
    for (const SourceId& source : SourcesOf(shape, r).own) {
      node.sources.push_back({.source = source, .at_end = true, .reachable = true});
    }
    Break(node.core->Load(node.state));
  }
  for (int32_t p = 0; p < shape.keyed_partitions; ++p) {
    Node& node = correlators_.emplace_back();
    node.core = OfBuild(reference.build(StrCat("correlator-", p)),
                        universe.Flawed(MakeCorrelatorCore(shape, p)));
    Break(node.core->Load(node.state));
  }
}

void Undisturbed::Break(const absl::Status& status) {
  if (!status.ok() && problem_.empty()) problem_ = status.ToString();
}

void Undisturbed::Take(TaskEffects effects) {
  for (OutputRecord& record : effects.records) {
    const int64_t offset = ends_[record.target]++;
    written_.push_back({record.target, offset, std::move(record.key), std::move(record.value),
                        record.tombstone, std::move(record.headers)});
  }
}

void Undisturbed::Step(Node& node, const InputRecord& record) {
  Overlay writes(node.state);
  TaskEffects effects;
  const absl::Status status = node.core->Step(record, writes, effects);
  if (status.ok()) {
    Put(writes.Take(), node.state);
    Take(std::move(effects));
  } else if (absl::IsInvalidArgument(status)) {
    node.core->Skip(record.source, record.offset, node.state);
  } else {
    Break(status);
  }
}

void Undisturbed::Close(Node& node) {
  TaskEffects effects;
  Break(node.core->Close(node.state, effects));
  Take(std::move(effects));
}

void Undisturbed::Observe(Node& node, bool beat) {
  TaskEffects effects;
  Break(node.core->Observe(node.core->EncodeObservation(node.sources, beat), node.state, effects));
  Take(std::move(effects));
  Close(node);
}

void Undisturbed::ReadAgain(Node& node) {
  for (std::vector<Reread> left = node.core->Rereads(); !left.empty() && problem_.empty();
       left = node.core->Rereads()) {
    const SourceId again = AgainSource(left.front().source);
    for (InputRecord& record : log_.Read(left.front().source, left.front().from, left.front().to)) {
      record.source = again;
      Step(node, record);
    }
    node.core->Skip(again, left.front().to - 1, node.state);
    Close(node);
  }
}

void Undisturbed::CarryOn() {
  while (!written_.empty() && problem_.empty()) {
    const InputRecord record = std::move(written_.front());
    written_.pop_front();
    const auto partition = static_cast<size_t>(record.source.partition);
    if (record.source.topic == kKeyedTopic) {
      Step(correlators_[partition], record);
      Close(correlators_[partition]);
    } else if (record.source.topic == kMatchesTopic) {
      Node& router = routers_[partition % routers_.size()];
      Step(router, record);
      Close(router);
    } else if (record.source.topic == kWarningsTopic) {
      v1::WarningsRecord proto;
      if (!proto.ParseFromString(record.value) || !proto.has_warning()) continue;
      auto warning = FromProto(proto.warning());
      Break(warning.status());
      if (warning.ok()) warnings_.insert_or_assign(warning->id, *warning);
    } else {
      Break(absl::InternalError("a rule is throttled: a workload is too much for it"));
    }
  }
}

void Undisturbed::Feed(const std::vector<Filed>& history) {
  for (const Filed& filed : history) {
    now_ = std::max(now_, filed.at);
    const std::vector<InputRecord> records =
        log_.Read(filed.source, filed.offset, filed.offset + 1);
    for (size_t r = 0; r < routers_.size(); ++r) {
      const RouterSources sources = SourcesOf(shape_, static_cast<int32_t>(r));
      if (!sources.own.contains(filed.source) && !sources.heeded.contains(filed.source)) continue;
      for (const InputRecord& record : records) Step(routers_[r], record);
      Close(routers_[r]);
      ReadAgain(routers_[r]);
    }
    CarryOn();
    if (filed.source.topic == kRulesTopic) continue;
    for (Node& router : routers_) Observe(router, false);
    CarryOn();
  }
  for (int i = 0; i < kLastBeats; ++i) {
    for (Node& router : routers_) Observe(router, true);
    CarryOn();
  }
}

void Undisturbed::Tell(int32_t partition, const InputRecord& tick) {
  Node& node = correlators_[static_cast<size_t>(partition)];
  Step(node, tick);
  Close(node);
  CarryOn();
}

Comparison CompareWithUndisturbed(const Universe& universe, const Shape& shape,
                                  const Workload& workload, const Reference& reference) {
  Undisturbed undisturbed(universe, shape, reference);
  undisturbed.Feed(workload.courier().history());
  for (int32_t p = 0; p < shape.keyed_partitions; ++p) {
    const SourceId keyed{kKeyedTopic, p};
    const auto& next = reference.position(StrCat("correlator-", p)).next;
    const auto it = next.find(keyed);
    if (it == next.end()) continue;
    for (const InputRecord& tick : LastTicks(universe.log.Read(keyed, 0, it->second), shape)) {
      undisturbed.Tell(p, tick);
    }
  }
  if (!undisturbed.problem().empty()) {
    return {.problem = StrCat("an undisturbed fleet: ", undisturbed.problem())};
  }
  const bool changed = workload.has_changed_rules() || reference.has_upgraded();
  const std::vector<WarningContent> told = StandingContents(reference.warnings(), changed);
  const std::vector<WarningContent> wanted = StandingContents(undisturbed.warnings(), changed);
  const auto [one, other] = std::mismatch(told.begin(), told.end(), wanted.begin(), wanted.end());
  Comparison comparison{.problem = {}, .standing = std::ssize(wanted)};
  if (one != told.end() || other != wanted.end()) {
    comparison.problem = StrCat(
        "in the end there stands ", one == told.end() ? "nothing" : Describe(*one),
        ", where undisturbed there stands ", other == wanted.end() ? "nothing" : Describe(*other));
  }
  return comparison;
}

}  // namespace tocsin::simulation
