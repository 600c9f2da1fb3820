"""A watch that goes on: over broken links, dead ones, and gateways that are replaced."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Optional, Union

import grpc

from tocsin.bases import Bases, NotKept
from tocsin.picture import Picture
from tocsin.v1 import centre_pb2 as centre
from tocsin.v1 import gateway_service_pb2 as gateway
from tocsin.v1 import gateway_service_pb2_grpc as gateway_grpc

# What may pass: the link or the gateway is away, or the gateway gave up a client that it could not hear.
PASSING = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED,
           grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN)
# Until the gateway has said its own period.
FIRST_HEARTBEAT_S = 15.0
MISSED_HEARTBEATS = 3


@dataclass(frozen=True)
class Ended:
    """Stood before the link was lost and does not stand any more; nothing else is known of its end."""

    warning_id: str


class Superseded(Exception):
    """A newer watch of the same certificate and session name has taken this one's place."""


Event = Union[gateway.Delivery, gateway.LifecycleChange, centre.Centre, gateway.Heartbeat, Ended]


class _Link:
    """One stream, and what ends it when the gateway falls silent."""

    def __init__(self, stub: gateway_grpc.GatewayServiceStub, subscribe: gateway.Subscribe, credit: int) -> None:
        self._requests: queue.SimpleQueue[Optional[gateway.WatchRequest]] = queue.SimpleQueue()
        self.send(gateway.WatchRequest(subscribe=subscribe))
        self.send(gateway.WatchRequest(credit=credit))
        self.allowed_s = FIRST_HEARTBEAT_S
        self.silent = False
        self._timer: Optional[threading.Timer] = None
        self._call = stub.Watch(iter(self._requests.get, None))
        self.heard()

    def send(self, request: gateway.WatchRequest) -> None:
        self._requests.put(request)

    def handled(self, response: gateway.WatchResponse) -> None:
        if response.sequence:
            self.send(gateway.WatchRequest(received=response.sequence))
        self.send(gateway.WatchRequest(credit=1))

    def heard(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = threading.Timer(self.allowed_s, self._give_up)
        self._timer.daemon = True
        self._timer.start()

    def _give_up(self) -> None:
        self.silent = True
        self._call.cancel()

    def __iter__(self) -> Iterator[gateway.WatchResponse]:
        return iter(self._call)

    def close(self) -> None:
        if self._timer:
            self._timer.cancel()
        self._requests.put(None)
        self._call.cancel()


class Watch:
    """Iterates over what a centre is told: deliveries, changes of life, what holds for the centre as a whole,
    heartbeats, and what ended meanwhile.

    Each (warning, revision) comes once, over any number of broken links. Iterate on one thread; close() from any.
    `cursor` is where to resume after everything that was handed out; keep it to go on in another process.
    Raises Superseded when a newer watch of this certificate and session name has come.
    """

    def __init__(self, stub: gateway_grpc.GatewayServiceStub, filter: gateway.WarningFilter,
                 cursor: Optional[gateway.Cursor], credit: int, retry_s: Optional[float],
                 on_link: Optional[Callable[[bool, str], None]], session: str = "") -> None:
        self.cursor = cursor
        self._session = session
        self._stub, self._filter, self._credit, self._retry_s = stub, filter, credit, retry_s
        self._on_link = on_link or (lambda up, reason: None)
        self._seen: dict[str, int] = {}
        self._picture: Optional[Picture] = None
        self._before: Optional[Picture] = None  # of the snapshot before the one that is coming
        self._link: Optional[_Link] = None
        self._closed = False

    def close(self) -> None:
        self._closed = True
        if self._link:
            self._link.close()

    def __enter__(self) -> Watch:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[Event]:
        last_heard = time.monotonic()
        pause = 0.1
        while not self._closed:
            heard = False
            reason = "the gateway ended the stream"
            try:
                for event in self._once():
                    if not heard:
                        heard = True
                        self._on_link(True, "")
                    if event is not None:
                        yield event
            except grpc.RpcError as error:
                reason = error.details() or error.code().name
                if self._link and self._link.silent:
                    reason = "nothing was heard from the gateway"
                elif error.code() == grpc.StatusCode.ABORTED:
                    # Coming back would end the newer one, and so on for ever.
                    raise Superseded(reason) from error
                elif error.code() == grpc.StatusCode.OUT_OF_RANGE:
                    self.cursor = None  # too old or of another epoch: a snapshot says what stands
                elif error.code() not in PASSING:
                    raise
            finally:
                if self._link:
                    self._link.close()
            if self._closed:
                return
            self._on_link(False, reason)
            if heard:
                last_heard, pause = time.monotonic(), 0.1
            elif self._retry_s is not None and time.monotonic() - last_heard > self._retry_s:
                raise ConnectionError(f"the gateway does not answer: {reason}")
            time.sleep(pause)
            pause = min(2 * pause, 1.0)

    def _once(self) -> Iterator[Optional[Event]]:
        subscribe = gateway.Subscribe(filter=self._filter, session=self._session, deltas=True)
        if self.cursor:
            subscribe.cursor.CopyFrom(self.cursor)
        in_snapshot = not self.cursor or self.cursor.HasField("snapshot")
        if not self.cursor:
            self._before, self._picture = self._before or self._picture, Picture()
        bases = Bases()
        self._link = link = _Link(self._stub, subscribe, self._credit)
        for response in link:
            link.heard()
            kind = response.WhichOneof("message")
            if kind == "delivery":
                try:
                    bases.make_whole(response.delivery)
                except NotKept:
                    self.cursor = None
                    return
                yield self._take(response.delivery)
                # Within a snapshot only a cursor that says how far it has come is one to go on from.
                if not in_snapshot or response.delivery.cursor.HasField("snapshot"):
                    self._adopt(response.delivery.cursor)
                link.handled(response)
            elif kind == "change":
                if self._picture:
                    self._picture.change(response.change)
                yield response.change
                self._adopt(response.change.cursor)
                link.handled(response)
            elif kind == "centre":
                yield response.centre
            elif kind == "snapshot_end":
                in_snapshot = False
                if self._before and self._picture:
                    for gone in sorted(self._before.open.keys() - self._picture.open.keys()):
                        yield Ended(gone)
                self._before = None
                self._adopt(response.snapshot_end)
            elif kind == "heartbeat":
                beat = response.heartbeat
                link.allowed_s = MISSED_HEARTBEATS * max(1, beat.period_s)
                link.send(gateway.WatchRequest(heartbeat_echo=beat.number))
                if beat.HasField("open_digest") and self._picture and beat.open_digest != self._picture.digest():
                    self.cursor = None
                    return
                yield None if in_snapshot else beat
                if not in_snapshot and beat.waiting == 0:
                    self.cursor = beat.cursor
            else:
                yield None

    def _take(self, delivery: gateway.Delivery) -> Optional[Event]:
        """What is news of a delivery: a snapshot after a broken link says again what was said."""
        warning = delivery.view.warning
        if self._picture:
            self._picture.deliver(delivery)
        seen = self._seen.get(warning.id, 0)
        self._seen[warning.id] = max(seen, warning.revision)
        if warning.revision > seen:
            return delivery
        if not delivery.snapshot:
            return None
        return gateway.LifecycleChange(warning_id=warning.id, number=warning.number,
                                       lifecycle=delivery.view.lifecycle)

    def _adopt(self, cursor: gateway.Cursor) -> None:
        self.cursor = cursor
        if self._link:
            self._link.send(gateway.WatchRequest(acknowledged=cursor))
