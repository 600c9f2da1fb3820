"""movement: tracks of one actor, the course fitted through them, and the areas that lie ahead."""
import itertools
import math
from fractions import Fraction

from geometry import EARTH_RADIUS_M
from history import day_of, micros
from selections import span

HOUR = 3_600_000_000
MINUTE_S = 60
LEAST_SIGMA_M = 500
WIDEST_FAN_DEG = 30
MILLION = 1_000_000


def whole(x):
    """The nearest whole number; halves go up."""
    return math.floor(x + Fraction(1, 2)) if isinstance(x, Fraction) else math.floor(x + 0.5)


def on_plane(centre, point):
    """Metres east and north, azimuthal equidistant: the way on the sphere and its bearing at the centre."""
    a, b = math.radians(centre[0]), math.radians(point[0])
    turn = math.radians(point[1] - centre[1])
    east = math.cos(b) * math.sin(turn)
    north = math.cos(a) * math.sin(b) - math.sin(a) * math.cos(b) * math.cos(turn)
    along = math.sin(a) * math.sin(b) + math.cos(a) * math.cos(b) * math.cos(turn)
    sine = math.hypot(east, north)
    if sine == 0:
        return 0, 0
    way = EARTH_RADIUS_M * math.atan2(sine, along)
    return whole(way * east / sine), whole(way * north / sine)


def tracks(events, within):
    order = sorted(events, key=lambda e: (e.time, e.identity))
    track = []
    for event in order:
        if track and event.time - track[-1].time > within:
            yield track
            track = []
        track.append(event)
    if track:
        yield track


def counting(track, within):
    """The sightings of a track that count."""
    back = [e.time for e in track if e.time <= track[-1].time - within]
    return [e for e in track if not back or e.time >= max(back)]


def fit(sightings):
    """Speed and its error in whole metres an hour, heading and its error in whole degrees."""
    last = sightings[-1]
    weights = [1 / max(LEAST_SIGMA_M, e.uncertainty) ** 2 for e in sightings]
    hours = [(e.time - last.time) / HOUR for e in sightings]
    places = [on_plane(last.point, e.point) for e in sightings]
    total = math.fsum(weights)
    mean = math.fsum(w * t for w, t in zip(weights, hours)) / total
    spread = math.fsum(w * (t - mean) ** 2 for w, t in zip(weights, hours))
    east, north = (math.fsum(w * (t - mean) * p[i] for w, t, p in zip(weights, hours, places)) / spread for i in (0, 1))
    speed, error = math.hypot(east, north), 1 / math.sqrt(spread)
    heading = whole(math.degrees(math.atan2(east, north))) % 360
    heading_error = math.ceil(math.degrees(error / speed)) if speed > 0 else 360
    return {"speed_m_per_h": whole(speed), "speed_error_m_per_h": whole(error),
            "heading_deg": heading, "heading_error_deg": heading_error}


def meeting(course, start, end):
    """Where along a course (a vector in millionths, from the origin) an edge is first met, in metres; None: nowhere."""
    edge = end[0] - start[0], end[1] - start[1]

    def crossed(p, q):
        return p[0] * q[1] - p[1] * q[0]

    def along(p):
        return Fraction((p[0] * course[0] + p[1] * course[1]) * MILLION, course[0] ** 2 + course[1] ** 2)

    turn = crossed(course, edge)
    if turn == 0:  # parallel, or an edge that is a point
        if crossed(start, course) != 0:
            return None
        ways = sorted((along(start), along(end)))
        return None if ways[1] < 0 else max(ways[0], Fraction(0))
    way, part = Fraction(crossed(start, edge) * MILLION, turn), Fraction(crossed(start, course), turn)
    return way if way >= 0 and 0 <= part <= 1 else None


def ways_to(area, day, centre, courses, pack):
    """For each course that meets the area's boundary, the way to the first point of it, in whole metres."""
    edges = []
    for feature in pack.areas:
        of = feature["properties"]
        if of["id"] == area and of["from"] <= day <= of["to"]:
            for ring in itertools.chain.from_iterable(feature["parts"]):
                points = [on_plane(centre, (latitude, longitude)) for longitude, latitude in ring]
                edges += zip(points, points[1:])
    for course in courses:
        found = [way for start, end in edges if (way := meeting(course, start, end)) is not None]
        if found:
            yield whole(min(found))


def movement_episodes(rule, members, pack):
    condition, within = rule["condition"], span(rule)
    ahead_us = micros(condition["ahead"])
    for track in tracks([e for e, _ in members.values()], within):
        sightings = counting(track, within)
        if len(sightings) < condition["least_sightings"] or len({e.time for e in sightings}) < 2:
            continue
        measures = fit(sightings)
        speed, error = measures["speed_m_per_h"], measures["speed_error_m_per_h"]
        if speed <= 2 * error:
            continue
        last, fan = sightings[-1], min(2 * measures["heading_error_deg"], WIDEST_FAN_DEG)
        angles = [math.radians((measures["heading_deg"] + turn) % 360) for turn in range(-fan, fan + 1)]
        courses = [(whole(math.sin(a) * MILLION), whole(math.cos(a) * MILLION)) for a in angles]
        ahead = []
        for area in sorted({f["properties"]["id"] for f in pack.areas} - set(last.areas)):
            ways = [w for w in ways_to(area, day_of(last.time), last.point, courses, pack) if w * HOUR <= ahead_us * speed]
            if not ways:
                continue
            ahead.append(area)
            first = min(ways) * 60 // (speed + 2 * error)
            latest = -(-max(ways) * 60 // (speed - 2 * error))
            measures["eta_first_s:" + area] = first * MINUTE_S
            measures["eta_last_s:" + area] = min(latest * MINUTE_S, ahead_us // 1_000_000)
        if ahead:
            yield {"events": sightings, "measures": measures, "severity": condition["severity"], "ahead": ahead}
