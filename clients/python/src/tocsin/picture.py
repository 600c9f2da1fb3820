"""What a watch has been told stands, to be held against the digest that heartbeats carry."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from tocsin.v1 import action_pb2 as action
from tocsin.v1 import gateway_service_pb2 as gateway
from tocsin.v1 import warning_pb2 as warnings

STANDS = (warnings.MESSAGE_TYPE_ALERT, warnings.MESSAGE_TYPE_UPDATE)


@dataclass
class Seen:
    revision: int
    actions: int
    resolved: bool = False

    def take(self, life: action.Lifecycle) -> None:
        if life.actions >= self.actions:
            self.actions = life.actions
            self.resolved = life.state == action.LIFECYCLE_STATE_RESOLVED


class Picture:
    """Warnings that have not ended, by id; those that the centre has resolved are no part of the digest. Not
    thread-safe."""

    def __init__(self) -> None:
        self.open: dict[str, Seen] = {}

    def deliver(self, delivery: gateway.Delivery) -> None:
        warning = delivery.view.warning
        if warning.message_type not in STANDS or delivery.leaves_filter:
            self.open.pop(warning.id, None)
            return
        seen = self.open.setdefault(warning.id, Seen(0, 0))
        seen.revision = warning.revision
        seen.take(delivery.view.lifecycle)

    def change(self, change: gateway.LifecycleChange) -> None:
        seen = self.open.get(change.warning_id)
        if seen:
            seen.take(change.lifecycle)

    def digest(self) -> int:
        """gateway_service.proto, Heartbeat.open_digest."""
        digest = 0
        for warning_id, seen in self.open.items():
            if seen.resolved:
                continue
            text = f"{warning_id}/{seen.revision}/{seen.actions}".encode()
            digest ^= int.from_bytes(hashlib.sha256(text).digest()[:8], "big")
        return digest
