#!/usr/bin/env python3
"""Makes rules/areas.geojson and rules/corridors.geojson from polygons of areas of responsibility.

    make_areas.py --aor aor.geojson --out rules/ [--width-km 50] [--max-edge-deg 0.5]

The input is a GeoJSON file whose features have the properties `desk` (a mission, upper case), `names`
(the mission's names with their dates) and `from`, `to`; neighbours share their border's vertices.
Areas keep that geometry: small islands are dropped, rings are wound counter-clockwise, long edges are
divided so that a border along a parallel stays one when edges are geodesics. A corridor is the border that
two areas share. Standard library only.
"""
import argparse
import itertools
import json
import math
import pathlib
import sys

# Areas that outlast the table's last day, with the desk's last day. BINUCA became part of MINUSCA
# (Security Council resolution 2149 of 10 April 2014), whose operations centre is the same watch room.
LAST_DAY = {"binuca": "2099-12-31", "monusco": "2099-12-31", "unmis": "2099-12-31", "unamid": "2020-12-31"}

CORRIDORS = {
    ("minurcat", "unamid"): ("chad-darfur", "Chad and Darfur"),
    ("binuca", "minurcat"): ("car-chad", "Central African Republic and the MINURCAT area"),
    ("binuca", "unamid"): ("car-darfur", "Central African Republic and Darfur"),
    ("binuca", "monusco"): ("car-drc", "Central African Republic and DR Congo"),
    ("binuca", "unmis"): ("car-south-sudan", "Central African Republic and southern Sudan"),
    ("monusco", "unmis"): ("drc-south-sudan", "DR Congo and southern Sudan"),
    ("unamid", "unmis"): ("darfur-sudan", "Darfur and the UNMIS area"),
}
SMALLEST_DEG2 = 0.02  # about 250 km2


def signed_area(ring):
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in zip(ring, ring[1:])) / 2


def divide(p, q, longest):
    """Points from p (included) to q (not included); the same ones in both directions."""
    a, b = (p, q) if p <= q else (q, p)
    n = max(1, math.ceil(max(abs(a[0] - b[0]), abs(a[1] - b[1])) / longest))
    points = [(round(a[0] + (b[0] - a[0]) * i / n, 4), round(a[1] + (b[1] - a[1]) * i / n, 4)) for i in range(n + 1)]
    if (a, b) != (p, q):
        points.reverse()
    return points[:-1]


def clean_ring(ring, longest, outer):
    ring = [tuple(round(v, 4) for v in p[:2]) for p in ring]
    if (signed_area(ring) > 0) != outer:
        ring.reverse()
    points = [p for p, q in zip(ring, ring[1:]) if p != q for p in divide(p, q, longest)]
    return points + points[:1]


def read_areas(path, longest):
    areas = []
    for feature in json.loads(pathlib.Path(path).read_text())["features"]:
        properties = feature["properties"]
        area = properties["desk"].lower()
        geometry = feature["geometry"]
        polygons = geometry["coordinates"]
        if geometry["type"] == "Polygon":
            polygons = [polygons]
        polygons = [[clean_ring(ring, longest, i == 0) for i, ring in enumerate(rings)] for rings in polygons
                    if abs(signed_area(rings[0])) >= SMALLEST_DEG2]
        areas.append({"id": area, "from": properties["from"], "to": properties["to"], "polygons": polygons})
    for area in areas:
        later = [a for a in areas if a["id"] == area["id"] and a["from"] > area["from"]]
        if not later and area["id"] in LAST_DAY:
            area["to"] = max(area["to"], LAST_DAY[area["id"]])
    return areas


def edges(area):
    return {frozenset(e) for rings in area["polygons"] for ring in rings for e in zip(ring, ring[1:])}


def chain(shared):
    """Joins undirected edges to lines; the order depends on the coordinates alone."""
    beside = {}
    for edge in shared:
        a, b = tuple(edge)
        beside.setdefault(a, set()).add(b)
        beside.setdefault(b, set()).add(a)
    lines = []
    while any(beside.values()):
        left = sorted(p for p, others in beside.items() if others)
        start = next((p for p in left if len(beside[p]) % 2), left[0])
        line = [start]
        while beside[line[-1]]:
            following = min(beside[line[-1]])
            beside[line[-1]].discard(following)
            beside[following].discard(line[-1])
            line.append(following)
        lines.append(line)
    return sorted(lines)


def corridors(areas, width_km):
    found = []
    for a, b in itertools.combinations(sorted(areas, key=lambda x: (x["id"], x["from"])), 2):
        first, last = max(a["from"], b["from"]), min(a["to"], b["to"])
        if a["id"] == b["id"] or first > last:
            continue
        lines = chain(edges(a) & edges(b))
        if not lines:
            continue
        known = CORRIDORS.get((a["id"], b["id"]))
        if not known:
            sys.exit(f"{a['id']} and {b['id']} share a border that has no name")
        same = [c for c in found if c["id"] == known[0] and c["lines"] == lines]
        if same:  # the border did not change: one feature for the joined period
            same[0]["from"], same[0]["to"] = min(same[0]["from"], first), max(same[0]["to"], last)
            continue
        found.append({"id": known[0], "title": known[1], "a": a["id"], "b": b["id"], "width_km": width_km,
                      "from": first, "to": last, "lines": lines})
    return sorted(found, key=lambda c: (c["id"], c["from"]))


def crossings(ring):
    """Pairs of edges of a ring that meet other than at a common neighbour."""
    def side(p, q, r):
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    bad = []
    segments = list(zip(ring, ring[1:]))
    for (i, (a, b)), (j, (c, d)) in itertools.combinations(enumerate(segments), 2):
        if any(max(a[k], b[k]) < min(c[k], d[k]) or max(c[k], d[k]) < min(a[k], b[k]) for k in (0, 1)):
            continue
        if j == i + 1 or (i == 0 and j == len(segments) - 1):
            continue
        if side(a, b, c) * side(a, b, d) <= 0 and side(c, d, a) * side(c, d, b) <= 0:
            bad.append((a, b, c, d))
    return bad


def check(areas):
    problems = []
    for area in areas:
        for rings in area["polygons"]:
            for i, ring in enumerate(rings):
                where = f"{area['id']} from {area['from']}"
                if ring[0] != ring[-1] or len(ring) < 4:
                    problems.append(f"{where}: a ring is not closed")
                if len(set(ring)) != len(ring) - 1:
                    problems.append(f"{where}: a ring visits a point twice")
                if (signed_area(ring) > 0) != (i == 0):
                    problems.append(f"{where}: a ring is wound the wrong way")
                problems += [f"{where}: edges cross at {bad}" for bad in crossings(ring)]
    return problems


def feature(properties, kind, coordinates):
    return json.dumps({"type": "Feature", "properties": properties,
                       "geometry": {"type": kind, "coordinates": coordinates}}, separators=(",", ":"))


def write(path, features):
    note = "Made from Natural Earth 1:10m first-level units (public domain). Approximate; no statement on any border."
    text = '{"type":"FeatureCollection","attribution":%s,"features":[\n%s\n]}\n' % (json.dumps(note), ",\n".join(features))
    path.write_text(text)
    print(f"{path}: {len(features)} features, {len(text)} bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--aor", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--width-km", type=float, default=50)
    parser.add_argument("--max-edge-deg", type=float, default=0.5)
    args = parser.parse_args()

    areas = read_areas(args.aor, args.max_edge_deg)
    problems = check(areas)
    if problems:
        sys.exit("\n".join(problems))
    out = pathlib.Path(args.out)
    write(out / "areas.geojson", [
        feature({"id": a["id"], "desk": a["id"], "from": a["from"], "to": a["to"]}, "MultiPolygon", a["polygons"])
        for a in sorted(areas, key=lambda a: (a["id"], a["from"]))])
    width = int(args.width_km) if args.width_km == int(args.width_km) else args.width_km
    write(out / "corridors.geojson", [
        feature({k: c[k] for k in ("id", "title", "a", "b", "width_km", "from", "to")}, "MultiLineString", c["lines"])
        for c in corridors(areas, width)])


if __name__ == "__main__":
    main()
