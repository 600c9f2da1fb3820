"""near."""
import itertools

from geometry import distance_m
from kinds.shared import joined
from selections import span


def near_episodes(rule, members):
    condition = rule["condition"]
    within, radius = span(rule), condition["radius_km"] * 1000
    chosen = [[e for e, names in members.values() if name in names] for name in condition["all_of"]]
    matches = []

    def close(p, q):
        return p.identity != q.identity and abs(p.time - q.time) <= within and distance_m(p.point, q.point) <= radius

    def extend(partial, rest):
        if not rest:
            matches.append({e.identity for e in partial})
            return
        for candidate in rest[0]:
            if all(close(candidate, e) for e in partial):
                extend(partial + [candidate], rest[1:])

    extend([], chosen)
    for episode in joined(matches):
        pairs = [[members[i][0] for i in pair] for match in matches if match <= episode for pair in itertools.combinations(match, 2)]
        measures = {"nearest_m": min(distance_m(p.point, q.point) for p, q in pairs),
                    "apart_s": min(abs(p.time - q.time) for p, q in pairs) // 1_000_000}
        yield {"events": [members[i][0] for i in episode], "measures": measures, "severity": condition["severity"]}
