"""event_count and value_count."""
import bisect

from kinds.shared import gravest, incident, joined
from selections import span


def count_episodes(rule, members):
    condition = rule["condition"]
    window, severities = span(rule), condition["severities"]
    least = min(severities.values())
    order = sorted((e for e, _ in members.values()), key=lambda e: (e.time, e.identity))
    times = [e.time for e in order]
    windows = []
    for event in order:
        inside_window = order[bisect.bisect_right(times, event.time - window):bisect.bisect_right(times, event.time)]
        if rule["kind"] == "event_count":
            count = len({incident(e, members) for e in inside_window})
        else:
            count = len({value for e in inside_window for value in e.values(condition["field"])})
        beside = condition.get("distinct", {})
        if count >= least and all(len({v for e in inside_window for v in e.values(f)}) >= n for f, n in beside.items()):
            windows.append((count, {e.identity for e in inside_window}))
    measure = "incidents" if rule["kind"] == "event_count" else "distinct_" + condition["field"]
    for episode in joined([w for _, w in windows]):
        count = max(c for c, w in windows if w <= episode)
        yield {"events": [members[i][0] for i in episode], "measures": {measure: count}, "severity": gravest(severities, count)}
