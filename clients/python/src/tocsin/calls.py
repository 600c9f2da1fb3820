"""A channel to one service of a mission, and calls over it that are tried again."""

from __future__ import annotations

import pathlib
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

import grpc

Answer = TypeVar("Answer")
Itself = TypeVar("Itself", bound="Calls")


class Calls:
    """To the service at `target` ("host:port"), with a certificate of its mission (PEM files). Thread-safe."""

    def __init__(self, target: str, ca: str, certificate: str, key: str, timeout: float) -> None:
        credentials = grpc.ssl_channel_credentials(*(pathlib.Path(f).read_bytes() for f in (ca, key, certificate)))
        self._channel = grpc.secure_channel(target, credentials, options=[("grpc.keepalive_time_ms", 20_000)])
        self._timeout = timeout

    def close(self) -> None:
        self._channel.close()

    def __enter__(self: Itself) -> Itself:
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def _call(self, method: Callable[..., Any], request: object, kind: type[Answer]) -> Answer:
        until = time.monotonic() + self._timeout
        while True:
            try:
                answer: Answer = method(request, timeout=self._timeout)
                return answer
            except grpc.RpcError as error:
                if error.code() != grpc.StatusCode.UNAVAILABLE or time.monotonic() > until:
                    raise
            time.sleep(0.2)


def micros(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise ValueError("a time without a zone: nobody knows when that is")
    return round(moment.timestamp() * 1_000_000)
