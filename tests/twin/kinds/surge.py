"""surge: buckets with more incidents than their own past explains."""
import decimal
import itertools
import math
from fractions import Fraction

from history import micros
from kinds.shared import incident
from selections import span

MOST = 100_001
# Digits enough that the sum of a distribution's terms does not depend on their order.
EXACT = decimal.Context(prec=50)


def thousandths(x):
    return math.floor(x * 1000 + Fraction(1, 2) if isinstance(x, Fraction) else x * 1000 + 0.5)


def expectation(counts, half_life):
    """Mean and dispersion of the next bucket, in thousandths; counts of the past, the latest first, and the
    half-life in buckets."""
    weights = [math.floor(65_536 * 2.0 ** float(-age / half_life) + 0.5) for age in range(len(counts))]
    total, squares = sum(weights), sum(w * w for w in weights)
    m = Fraction(sum(w * x for w, x in zip(weights, counts)), total)
    k = Fraction(total * total, squares)
    mu = m + 1 / (2 * k)
    variance = sum(w * (x - m) ** 2 for w, x in zip(weights, counts)) / (total - Fraction(squares, total))
    f = variance / m if m else 1
    u = math.sqrt(2 / (k - 1) + 2 / (k * mu))
    d = max(1.0, float(f) * (1 + u) + float(2 / (k * mu))) * float(1 + 1 / k)
    return thousandths(mu), max(thousandths(d), 1001)


def least_count(mu_thousandths, d_thousandths, rate):
    """The least a with P(C >= a) <= rate, C negative binomial with this mean and variance d times as much."""
    with decimal.localcontext(EXACT):
        mu, d = decimal.Decimal(mu_thousandths) / 1000, decimal.Decimal(d_thousandths) / 1000
        size, fewer = mu / (d - 1), 1 - 1 / d
        term, tail = (-size * d.ln()).exp(), decimal.Decimal(1)
        for a in range(MOST):
            if tail <= rate:
                return a
            tail -= term
            term *= (size + a) / (a + 1) * fewer
    return MOST


def alarm_count(counts, last, condition):
    """What bucket `last + 1` needs to be out of the ordinary; None: its past is too short to say."""
    bucket = micros(condition["bucket"])
    baseline = micros(condition["baseline"]) // bucket
    had = [i for i in range(last - baseline + 1, last + 1) if i in counts]
    past = [counts.get(i, 0) for i in range(last, min(had, default=last), -1)]
    if 4 * len(past) < baseline:
        return None
    mu, d = expectation(past, Fraction(micros(condition["half_life"]), bucket))
    return least_count(mu, d, decimal.Decimal(str(condition["false_alarms"])))


def surge_episodes(rule, members):
    condition, bucket = rule["condition"], span(rule)
    events = {}  # bucket -> its events
    for event, _ in members.values():
        events.setdefault(event.time // bucket, []).append(event)
    counts = {i: len({incident(e, members) for e in of}) for i, of in events.items()}
    surging = []
    for i in sorted(counts):
        alarm = alarm_count(counts, i - 1, condition)
        if alarm is not None and counts[i] >= max(condition["least"], alarm):
            surging.append(i)
    for _, run in itertools.groupby(enumerate(surging), key=lambda pair: pair[1] - pair[0]):
        buckets = [i for _, i in run]
        yield {"events": [e for i in buckets for e in events[i]], "measures": {"incidents": max(counts[i] for i in buckets)},
               "severity": condition["severity"]}
