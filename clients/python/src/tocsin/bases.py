"""The warnings that came last in one stream, to make those whole that come as what changed."""

from __future__ import annotations

from collections import Counter, deque

from tocsin.v1 import gateway_service_pb2 as gateway

# Deliveries that the contract lets a gateway count on: gateway_service.proto, Delta.
MOST = 256


class NotKept(Exception):
    """What a delta changes is not there, or not what it was made against."""


class Bases:
    """Not thread-safe."""

    def __init__(self) -> None:
        self._views: dict[str, gateway.WarningView] = {}
        self._last: deque[str] = deque()
        self._deliveries: Counter[str] = Counter()

    def make_whole(self, delivery: gateway.Delivery) -> None:
        """Makes it whole in place and keeps it; raises NotKept."""
        view = delivery.view
        name = view.warning.id
        if delivery.HasField("delta"):
            base = self._views.get(name)
            if base is None or base.warning.revision != delivery.delta.base_revision:
                raise NotKept(f"revision {delivery.delta.base_revision} of the warning {name} did not come")
            _put_back(base, delivery.delta, view)
            delivery.ClearField("delta")
        kept = gateway.WarningView()
        kept.CopyFrom(view)
        self._views[name] = kept
        self._deliveries[name] += 1
        self._last.append(name)
        if len(self._last) > MOST:
            oldest = self._last.popleft()
            self._deliveries[oldest] -= 1
            if not self._deliveries[oldest]:
                del self._deliveries[oldest], self._views[oldest]


def _put_back(base: gateway.WarningView, delta: gateway.Delta, view: gateway.WarningView) -> None:
    new = iter(list(view.warning.evidence))
    try:
        whole = [base.warning.evidence[place - 1] if place > 0 else next(new) for place in delta.evidence]
    except (IndexError, StopIteration):
        raise NotKept(f"the delta does not fit the warning {base.warning.id}") from None
    if next(new, None) is not None or (delta.same_area and not base.HasField("area")):
        raise NotKept(f"the delta does not fit the warning {base.warning.id}")
    items = [type(item).FromString(item.SerializeToString()) for item in whole]
    del view.warning.evidence[:]
    view.warning.evidence.extend(items)
    if delta.same_area:
        view.area.CopyFrom(base.area)
