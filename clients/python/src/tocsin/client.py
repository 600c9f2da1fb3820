"""Calls to one centre's gateway."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Optional

from tocsin.calls import Calls, micros
from tocsin.v1 import action_pb2 as action
from tocsin.v1 import centre_pb2 as centre
from tocsin.v1 import gateway_service_pb2 as gateway
from tocsin.v1 import gateway_service_pb2_grpc as gateway_grpc
from tocsin.watch import Watch


class Client(Calls):
    """Of the gateway at `target` ("host:port"), with a certificate of its mission (PEM files).

    Calls raise grpc.RpcError with the gateway's status and words. UNAVAILABLE is tried again for `timeout` seconds,
    with the same action id: nothing is done twice. `warning` is an id, or a number as "143" or "UNAMID 0143".
    Thread-safe.
    """

    def __init__(self, target: str, ca: str, certificate: str, key: str, *, timeout: float = 20.0) -> None:
        super().__init__(target, ca, certificate, key, timeout)
        self._stub = gateway_grpc.GatewayServiceStub(self._channel)

    # ---- Reading ----

    def watch(self, filter: Optional[gateway.WarningFilter] = None, cursor: Optional[gateway.Cursor] = None, *,
              credit: int = 64, retry: Optional[float] = None,
              on_link: Optional[Callable[[bool, str], None]] = None, session: str = "") -> Watch:
        """What stands, then what arises; resumes by itself. `retry`: seconds without a gateway until it raises
        ConnectionError (None: never). `on_link`: told when the link is up, or why it is not. `session`: a name for
        each of several watches of one certificate; a newer one of the same name ends this one."""
        return Watch(self._stub, filter or gateway.WarningFilter(), cursor, credit, retry, on_link, session)

    def list(self, filter: Optional[gateway.WarningFilter] = None) -> Iterator[gateway.WarningView]:
        request = gateway.ListRequest(filter=filter or gateway.WarningFilter(open_only=True))
        while True:
            answer = self._call(self._stub.List, request, gateway.ListResponse)
            yield from answer.warnings
            request.page_token = answer.next_page_token
            if not request.page_token:
                return

    def get(self, warning: str) -> gateway.WarningView:
        return self._call(self._stub.Get, gateway.GetRequest(warning_id=warning), gateway.GetResponse).view

    def history(self, warning: str, until: Optional[datetime] = None) -> Iterator[gateway.WarningHistoryEntry]:
        """Revisions and actions in order; `until`: what the centre had by then."""
        request = gateway.WarningHistoryRequest(warning_id=warning)
        if until:
            request.until_us = micros(until)
        while True:
            answer = self._call(self._stub.WarningHistory, request, gateway.WarningHistoryResponse)
            yield from answer.entries
            request.page_token = answer.next_page_token
            if not request.page_token:
                return

    # ---- Acting. `expect`: the number of actions that you have seen. ----

    def act(self, warning: str, *, comment: str = "", expect: Optional[int] = None, action_id: str = "",
            **detail: object) -> gateway.ActResponse:
        """`detail`: one of ActionDetail's, e.g. resolve=action.Resolve()."""
        request = gateway.ActRequest(warning_id=warning, action_id=action_id or f"py-{uuid.uuid4().hex}",
                                     comment=comment,
                                     detail=action.ActionDetail(**detail))  # type: ignore[arg-type]
        if expect is not None:
            request.expect = expect
        return self._call(self._stub.Act, request, gateway.ActResponse)

    def acknowledge(self, warning: str, *, lasts: Optional[timedelta] = None, comment: str = "",
                    expect: Optional[int] = None) -> gateway.ActResponse:
        detail = action.Acknowledge(lasts_s=max(1, round(lasts.total_seconds())) if lasts else 0)
        return self.act(warning, comment=comment, expect=expect, acknowledge=detail)

    def assign(self, warning: str, person: str, *, comment: str = "",
               expect: Optional[int] = None) -> gateway.ActResponse:
        return self.act(warning, comment=comment, expect=expect, assign=action.Assign(person=person))

    def remark(self, warning: str, comment: str) -> gateway.ActResponse:
        return self.act(warning, comment=comment, remark=action.Remark())

    def escalate(self, warning: str, to: action.EscalationLevel, *, comment: str = "",
                 expect: Optional[int] = None) -> gateway.ActResponse:
        return self.act(warning, comment=comment, expect=expect, escalate=action.Escalate(to=to))

    def resolve(self, warning: str, *, comment: str = "", expect: Optional[int] = None) -> gateway.ActResponse:
        return self.act(warning, comment=comment, expect=expect, resolve=action.Resolve())

    def reopen(self, warning: str, *, comment: str = "", expect: Optional[int] = None) -> gateway.ActResponse:
        return self.act(warning, comment=comment, expect=expect, reopen=action.Reopen())

    def link(self, warning: str, other: str, *, undo: bool = False) -> gateway.ActResponse:
        return self.act(warning, link=action.Link(warning_id=other, undo=undo))

    def mark(self, warning: str, verdict: action.Verdict, *, comment: str = "") -> gateway.ActResponse:
        return self.act(warning, comment=comment, mark=action.Mark(verdict=verdict))

    def respond(self, warning: str, unit: str, stage: action.ResponseStage, *, at: Optional[datetime] = None,
                comment: str = "") -> gateway.ActResponse:
        detail = action.Respond(unit=unit, stage=stage, at_us=micros(at) if at else 0)
        return self.act(warning, comment=comment, respond=detail)

    # ---- For the centre as a whole ----

    def read_centre(self) -> centre.Centre:
        """Who has the watch, and what is silenced."""
        return self._call(self._stub.ReadCentre, gateway.ReadCentreRequest(), gateway.ReadCentreResponse).centre

    def act_for_centre(self, *, comment: str = "", action_id: str = "",
                       **detail: object) -> gateway.ActForCentreResponse:
        """`detail`: one of CentreDetail's, e.g. log_on=centre.LogOn(person="officer-2")."""
        request = gateway.ActForCentreRequest(action_id=action_id or f"py-{uuid.uuid4().hex}", comment=comment,
                                              detail=centre.CentreDetail(**detail))  # type: ignore[arg-type]
        return self._call(self._stub.ActForCentre, request, gateway.ActForCentreResponse)

    def silence(self, filter: centre.SilenceFilter, lasts: timedelta, reason: str) -> gateway.ActForCentreResponse:
        detail = centre.Silence(filter=filter, lasts_s=max(1, round(lasts.total_seconds())))
        return self.act_for_centre(comment=reason, silence=detail)

    def preview_silence(self, filter: centre.SilenceFilter) -> gateway.PreviewSilenceResponse:
        request = gateway.PreviewSilenceRequest(filter=filter)
        return self._call(self._stub.PreviewSilence, request, gateway.PreviewSilenceResponse)
