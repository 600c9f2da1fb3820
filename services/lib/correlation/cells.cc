#include "lib/correlation/cells.h"

#include <algorithm>

#include "lib/domain/geodesy.h"

namespace tocsin {
namespace {

bool IsAtHome(const KeyContext& key, const Member& member) {
  return IsAtHome(key.key, key.parts, member.event);
}

void Tell(StepContext& step, const CompiledRule& rule, const KeyContext& key, const Member& member,
          bool found_by_backfill) {
  const KeyedEvent& event = member.event;
  step.store.PutTold(key, event.identity, rule.rule->id, event.revision);
  Match match;
  match.event = event;
  match.stage = rule.rule->stage;
  match.told_by = rule.rule->id;
  match.found_by_backfill = found_by_backfill;
  step.effects.matches.push_back(std::move(match));
  ++step.effects.counts["events_told"];
}

}  // namespace

void ApplyToCell(StepContext& step, const CompiledRule& rule, const KeyContext& key,
                 const Change& change) {
  if (!change.after) return;
  const std::optional<KeyedEvent> event = step.store.Read(key, change.identity);
  if (!event) return;
  // Whatever is in a match with it is that close to it. Others have not changed.
  const Duration window = rule.rule->window;
  std::vector<Member> members;
  size_t changed = 0;
  step.store.ScanMembers(
      step.pack, rule, key, *change.after - window, *change.after + window + Duration(1),
      ~uint32_t{0}, [&](Member&& member) {
        if (member.event.identity == change.identity) {
          changed = members.size();
        } else if (DistanceMetres(*event->point, *member.event.point) > rule.rule->radius_m) {
          return true;
        }
        members.push_back(std::move(member));
        return true;
      });
  if (step.budget.exhausted()) return;
  const auto untold = [&](const Member& member) {
    return IsAtHome(key, member) &&
           step.store.ReadTold(key, member.event.identity, rule.rule->id) != member.event.revision;
  };
  if (std::none_of(members.begin(), members.end(), untold)) return;
  const std::vector<size_t> partners = NearPartners(*rule.rule, members, changed, step.budget);
  if (step.budget.exhausted()) return;
  for (const size_t i : partners) {
    if (untold(members[i])) Tell(step, rule, key, members[i], false);
  }
}

void TellAgain(StepContext& step, const CompiledRule& rule, const KeyContext& key,
               const std::vector<Episode>& episodes) {
  for (const Episode& episode : episodes) {
    // What has the event that just came is news.
    const bool news =
        std::any_of(episode.members.begin(), episode.members.end(),
                    [&](const Member& member) { return step.changed == member.event.identity; });
    for (const Member& member : episode.members) {
      if (IsAtHome(key, member)) Tell(step, rule, key, member, !news);
    }
  }
}

}  // namespace tocsin
