"""Reports that a mission files, among them warnings that an officer raises by hand."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from typing import Any, Literal, Optional, get_args

import grpc

from tocsin.calls import Answer, Calls, micros
from tocsin.v1 import common_pb2 as common
from tocsin.v1 import event_pb2 as event
from tocsin.v1 import sitrep_ingest_service_pb2 as ingest
from tocsin.v1 import sitrep_ingest_service_pb2_grpc as ingest_grpc

Severity = Literal["minor", "moderate", "severe", "extreme"]


class Refused(Exception):
    """The ingest does not take a report: INVALID_ARGUMENT, or ALREADY_EXISTS if it has the id with other content.

    Its words name each field; `errors` are the same for programs: field, reason, and a code that stays.
    """

    def __init__(self, error: grpc.RpcError) -> None:
        super().__init__(error.details())
        self.code = error.code()
        told = dict(error.trailing_metadata() or ()).get("tocsin-field-errors-bin", b"")
        self.errors = list(common.FieldErrors.FromString(told).errors)


class Ingest(Calls):
    """Of the sitrep-ingest at `target` ("host:port"), with a certificate of its mission (PEM files).

    Calls raise Refused, and grpc.RpcError with the ingest's status and words for all else. UNAVAILABLE is tried again for
    `timeout` seconds: a report is known by its id, so it is never there twice. Thread-safe.
    """

    def __init__(self, target: str, ca: str, certificate: str, key: str, *, timeout: float = 20.0) -> None:
        super().__init__(target, ca, certificate, key, timeout)
        self._stub = ingest_grpc.SitrepIngestServiceStub(self._channel)

    def raise_warning(self, severity: Severity, place: str, text: str = "", *,
                      point: Optional[tuple[float, float]] = None, within_km: float = 0.0,
                      releasable_to: Optional[Sequence[str]] = None,
                      classification: common.Classification = common.CLASSIFICATION_UNSPECIFIED,
                      tlp: common.Tlp = common.TLP_UNSPECIFIED, caveats: Sequence[str] = (),
                      when: Optional[datetime] = None, how: str = "observed", grading: str = "", language: str = "en",
                      case: str = "", exercise: str = "", id: str = "") -> ingest.Receipt:
        """Raises a warning by hand: a report of type raised.warning, of which the rules raised-* make it.

        Warned are the own mission and those that the label releases the report to: `releasable_to` and no others; nobody
        else for []. Without a word on the label (None) it is the desk's default, which may be everybody. `text` stays in the
        mission. `place` is as people call it, `point` its latitude and longitude, `within_km` how far off it may be. `when`:
        now. `grading` as "B2". Reports of one `case` are one warning; without it each is one of its own. `exercise`: part of
        this one. The same `id`, `when` and content again have no second effect; without an id a new one is made.
        `withdraw` takes it back, by the receipt's id.
        """
        if severity not in get_args(Severity):
            raise ValueError(f"severity: {severity!r} is none of {', '.join(get_args(Severity))}")
        if not place:
            raise ValueError("place: a warning needs to say where, in words")
        id = id or f"raised-{uuid.uuid4().hex}"
        now = micros(when or datetime.now(timezone.utc))
        report = event.Event(
            id=id, revision=1, revision_kind=event.REVISION_KIND_FILE, type="raised.warning", nature=event.NATURE_OBSERVED,
            observed=event.ObservedTime(interval=common.Interval(from_us=now, to_us=now),
                                        precision=event.TIME_PRECISION_INSTANT),
            place=_place(place, point, within_km), source=event.Source(how_obtained=how), grading=_grading(grading),
            label=_label(releasable_to, classification, tlp, caveats),
            attributes={"severity": severity, "case": case or id})
        if text:
            report.texts.add(language=language, text=text)
        if exercise:
            report.status, report.exercise_id = common.STATUS_EXERCISE, exercise
        return self.file(report)

    def file(self, report: event.Event) -> ingest.Receipt:
        """Any report as its first revision; what is missing is filled in by the desk."""
        return self._call(self._stub.File, ingest.FileRequest(event=report), ingest.FileResponse).receipt

    def withdraw(self, id: str, reason: str, *, revision: int = 2) -> ingest.Receipt:
        """Takes a report back for all. `revision`: one more than it has."""
        request = ingest.WithdrawRequest(id=id, revision=revision, reason=reason)
        return self._call(self._stub.Withdraw, request, ingest.WithdrawResponse).receipt

    def _call(self, method: Callable[..., Any], request: object, kind: type[Answer]) -> Answer:
        try:
            return super()._call(method, request, kind)
        except grpc.RpcError as error:
            if error.code() not in (grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.ALREADY_EXISTS):
                raise
            raise Refused(error) from error


def _place(name: str, point: Optional[tuple[float, float]], within_km: float) -> event.Place:
    place = event.Place(name=name, uncertainty_m=within_km * 1000)
    if point is not None:
        place.point.latitude, place.point.longitude = point
    elif within_km:
        raise ValueError("within_km: of no point")
    return place


def _grading(code: str) -> Optional[common.Grading]:
    if not code:
        return None
    if not re.fullmatch("[A-F][1-6]", code):
        raise ValueError(f"grading: {code!r} is none from A1 to F6")
    return common.Grading(reliability=code[0], credibility=code[1])


def _label(releasable_to: Optional[Sequence[str]], classification: common.Classification, tlp: common.Tlp,
           caveats: Sequence[str]) -> Optional[common.Label]:
    """None: the desk's default label."""
    if isinstance(releasable_to, str) or isinstance(caveats, str):
        raise ValueError("releasable_to, caveats: one text is no list of them")
    if releasable_to is not None and not releasable_to and not tlp:
        # A label without a word in it would be the desk's default, and go to all that this names.
        tlp = common.TLP_RED
    if not (releasable_to or classification or tlp or caveats):
        return None
    return common.Label(classification=classification, tlp=tlp, releasable_to=releasable_to, caveats=caveats)
