"""On the sphere: areas with geodesic edges, corridors, distances."""
import math

EARTH_RADIUS_M = 6371008.8


def vector(longitude, latitude):
    a, b = math.radians(latitude), math.radians(longitude)
    return math.cos(a) * math.cos(b), math.cos(a) * math.sin(b), math.sin(a)


def dot(u, v):
    return u[0] * v[0] + u[1] * v[1] + u[2] * v[2]


def cross(u, v):
    return u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]


def angle(u, v):
    w = cross(u, v)
    return math.atan2(math.sqrt(dot(w, w)), dot(u, v))


def inside(latitude, longitude, polygons):
    """Ray casting along the meridian to the north; edges are arcs of great circles."""
    hits = 0
    tangent = math.tan(math.radians(latitude))
    for rings in polygons:
        for ring in rings:
            for (x1, y1), (x2, y2) in zip(ring, ring[1:]):
                if (x1 > longitude) == (x2 > longitude):
                    continue
                a, b, c = math.radians(x1), math.radians(x2), math.radians(longitude)
                edge = (math.tan(math.radians(y1)) * math.sin(b - c) + math.tan(math.radians(y2)) * math.sin(c - a)) / math.sin(b - a)
                hits += edge > tangent
    return hits % 2 == 1


def line_distance(point, lines, enough):
    """Metres from a point to lines of great-circle arcs; anything above `enough` may be an overestimate."""
    best = math.inf
    for line in lines:
        if dot(point, line[0]) < 0.9:  # more than 25 degrees away
            continue
        for u, v in zip(line, line[1:]):
            normal = cross(u, v)
            size = math.sqrt(dot(normal, normal))
            if size == 0:
                best = min(best, angle(point, u))
                continue
            normal = (normal[0] / size, normal[1] / size, normal[2] / size)
            across = math.asin(max(-1.0, min(1.0, dot(point, normal))))
            if abs(across) * EARTH_RADIUS_M > enough:
                continue
            foot = tuple(p - math.sin(across) * n for p, n in zip(point, normal))
            if dot(cross(u, foot), normal) >= 0 and dot(cross(foot, v), normal) >= 0:
                best = min(best, abs(across))
            else:
                best = min(best, angle(point, u), angle(point, v))
    return best * EARTH_RADIUS_M


def distance_m(p, q):
    """Haversine, rounded to the metre."""
    a, b = math.radians(p[0]), math.radians(q[0])
    h = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(q[1] - p[1]) / 2) ** 2
    return math.floor(2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(h))) + 0.5)
