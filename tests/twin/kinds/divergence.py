"""divergence."""
import collections
import itertools

from history import micros
from kinds.shared import gravest
from selections import span


def sides_of(rule, key, event, pack):
    sides = set(event.values(rule["condition"]["sides"]))
    if rule["condition"]["sides"] == "area" and "corridor" in key:
        sides &= set(pack.sides[key["corridor"]])
    return sides


def divergence_episodes(rule, key, members, pack, known_until):
    condition = rule["condition"]
    field, stands, longer = condition["field"], span(rule), micros(condition["longer_than"])
    by_side = collections.defaultdict(dict)  # side -> {time: declaration}
    for event, _ in members.values():
        for side in sides_of(rule, key, event, pack) if event.values(field) else ():
            known = by_side[side].get(event.time)
            if known is None or known.identity < event.identity:
                by_side[side][event.time] = event
    lines = []  # (from, until, declaration)
    for declared in by_side.values():
        times = sorted(declared)
        for time, following in itertools.zip_longest(times, times[1:]):
            until = time + stands if following is None else min(time + stands, following)
            lines.append((time, until, declared[time]))
    changes = sorted({t for line in lines for t in line[:2]})
    at_time = {t: [e for start, end, e in lines if start <= t < end] for t in changes}
    values = {t: {v for e in standing_then for v in e.values(field)} for t, standing_then in at_time.items()}
    for disagree, run in itertools.groupby(changes, key=lambda t: len(values[t]) > 1):
        if not disagree:
            continue
        run = list(run)
        u, v = run[0], changes[changes.index(run[-1]) + 1]
        if v - u <= longer or known_until <= u + longer:
            continue
        is_open = known_until <= v and all(start != v for start, _, _ in lines)
        most = max(len(values[t]) for t in run)
        yield {"events": list({e.identity: e for t in run for e in at_time[t]}.values()),
               "measures": {"values": most, "disagreement_s": (longer if is_open else v - u) // 1_000_000},
               "severity": gravest(condition["severities"], most), "open": is_open}
