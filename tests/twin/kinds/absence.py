"""absence, by interval and by schedule."""
import datetime
import itertools
import math

from history import DAY, micros
from selections import span


def clock_rows(desk):
    """(from, until, offset) of the desk's clock; the first row holds before, too."""
    def moment(text):
        text = str(text)
        there = datetime.datetime.fromisoformat(text.replace("Z", "+00:00") if "T" in text else text + "T00:00+00:00")
        return (there - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(microseconds=1)

    def offset(text):
        minutes = int(text[1:3]) * 60 + int(text[4:6])
        return (-minutes if text[0] == "-" else minutes) * 60_000_000

    starts = [moment(row["from"]) for row in desk["offsets"]]
    return list(zip([-math.inf] + starts[1:], starts[1:] + [math.inf], [offset(row["utc"]) for row in desk["offsets"]]))


def deadline(rule, time, pack):
    """By when an event at `time` asks for the next one."""
    condition = rule["condition"]
    if "daily_by" not in condition:
        return time + span(rule)
    hours, minutes = condition["daily_by"].split(":")
    rows, moments = clock_rows(pack.desks[condition["desk"]]), set()
    for day in range(time // DAY - 3, time // DAY + 6):
        shown = day * DAY + (int(hours) * 60 + int(minutes)) * 60_000_000
        # In each row the clock shows that much from some moment on, if not too late for the row.
        moments.add(min(max(shown - offset, start) for start, end, offset in rows if max(shown - offset, start) < end))
    return sorted(m for m in moments if m >= time)[1]


def absence_episodes(rule, members, pack, known_until):
    by_time = {}
    for event, _ in members.values():
        if event.time not in by_time or event.identity < by_time[event.time].identity:
            by_time[event.time] = event
    order = [by_time[t] for t in sorted(by_time)]
    for event, following in itertools.zip_longest(order, order[1:]):
        due = deadline(rule, event.time, pack)
        settle = micros(rule["condition"].get("settle", "0s"))
        if following is not None:
            if following.time > due and (not settle or known_until > due + settle):
                yield {"events": [event, following], "measures": {"gap_s": (following.time - event.time) // 1_000_000},
                       "absence_state": "resolved", "severity": rule["condition"]["severity"]}
        elif known_until > due + settle:
            yield {"events": [event], "measures": {"gap_s": (due - event.time) // 1_000_000}, "absence_state": "silent", "open": True,
                   "severity": rule["condition"]["severity"]}
