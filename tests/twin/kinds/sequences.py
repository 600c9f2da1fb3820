"""temporal and temporal_ordered."""
import itertools

from history import micros
from kinds.shared import joined
from selections import span


def sequence_matches(rule, members):
    """Sets of identities: an event for each step; what must not follow is not asked."""
    condition, ordered, within = rule["condition"], rule["kind"] == "temporal_ordered", span(rule)
    gap = micros(condition["gap"]) if "gap" in condition else within
    until = [e.time for e, names in members.values() if set(names) & set(condition.get("until", []))]

    def values(event, step, field):
        if field != "actor":
            return set(event.values(field))
        s = rule["selections"][step]
        classes, roles = s.get("actor_classes"), s.get("actor_roles")
        return {id for id, cls, role in event.actors if (not classes or cls in classes) and (not roles or role in roles)}

    def fits(chosen):  # [(step, event)]
        events, times = [e for _, e in chosen], [e.time for _, e in chosen]
        if len({e.identity for e in events}) < len(events) or max(times) - min(times) > within:
            return False
        if any(min(times) < t <= max(times) for t in until):
            return False
        if not all(set.intersection(*(values(e, s, field) for s, e in chosen)) for field in condition.get("equal", [])):
            return False
        for field in condition.get("differ", []):
            sets = [values(e, s, field) for s, e in chosen]
            if not all(sets) or any(a & b for a, b in itertools.combinations(sets, 2)):
                return False
        for field, steps in condition.get("differ_between", {}).items():
            sets = [values(e, s, field) for s, e in chosen if s in steps]
            if not all(sets) or any(a & b for a, b in itertools.combinations(sets, 2)):
                return False
        return True

    def follows(before, after):
        return not ordered or before.time < after.time <= before.time + gap

    candidates = {s: [e for e, names in members.values() if s in names] for s in condition["steps"]}
    if condition.get("take", "every") == "every":
        for events in itertools.product(*candidates.values()):
            if all(follows(p, q) for p, q in zip(events, events[1:])) and fits(list(zip(condition["steps"], events))):
                yield {e.identity for e in events}
        return
    for last, names in members.values():
        steps = list(reversed(condition["steps"])) if ordered else list(condition["steps"])
        role = next((s for s in (steps[:1] if ordered else steps) if s in names and fits([(s, last)])), None)
        if role is None:
            continue
        steps.remove(role)
        chosen = [(role, last)]
        for step in steps:
            earlier = [e for e in candidates[step] if (e.time, e.identity) < (last.time, last.identity)
                       and follows(e, chosen[-1][1]) and fits(chosen + [(step, e)])]
            if not earlier:
                break
            chosen.append((step, max(earlier, key=lambda e: (e.time, e.identity))))
        if len(chosen) == len(condition["steps"]):
            yield {e.identity for _, e in chosen}


def sequence_episodes(rule, members, known_until):
    condition, matches, spans = rule["condition"], [], []
    avoid, after = condition.get("then_no"), 0
    if avoid:
        after = micros(avoid["within"])
        avoided = [e.time for e, names in members.values() if avoid["selection"] in names]
    for match in sequence_matches(rule, members):
        times = [members[i][0].time for i in match]
        if avoid and (known_until <= max(times) + after or any(max(times) < t <= max(times) + after for t in avoided)):
            continue
        matches.append(match)
        spans.append(max(times) - min(times))
    for episode in joined(matches):
        shortest = min(s for match, s in zip(matches, spans) if match <= set(episode))
        yield {"events": [members[i][0] for i in episode], "measures": {"span_s": shortest // 1_000_000},
               "severity": condition["severity"], "absence_state": "silent" if avoid else ""}
