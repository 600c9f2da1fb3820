"""What several kinds ask."""
import collections

SEVERITIES = ["unknown", "minor", "moderate", "severe", "extreme"]


def incident(event, members):
    """End of the chain of same_incident_as; of a ring the least identity."""
    seen = [event.identity]
    while True:
        following = members[seen[-1]][0].same_incident_as
        if following is None or following not in members:
            return seen[-1]
        if following in seen:
            return min(seen[seen.index(following):])
        seen.append(following)


def joined(sets):
    """Unions of sets that share an element, transitively."""
    parent = {}

    def root(x):
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    for members in sets:
        for x in members:
            parent.setdefault(x, x)
            parent[root(x)] = root(next(iter(members)))
    result = collections.defaultdict(set)
    for x in parent:
        result[root(x)].add(x)
    return list(result.values())


def gravest(severities, count):
    reached = [s for s, n in severities.items() if count >= n]
    return max(reached, key=SEVERITIES.index)
