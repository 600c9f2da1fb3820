"""Reports and warnings that are raised by hand, to an ingest of the test's own with certificates on both sides."""

import pathlib
import subprocess
import tempfile
import unittest
from concurrent import futures
from datetime import datetime, timezone

import grpc

from tocsin import Ingest, Refused
from tocsin.v1 import common_pb2 as common
from tocsin.v1 import event_pb2 as event
from tocsin.v1 import sitrep_ingest_service_pb2 as ingest
from tocsin.v1 import sitrep_ingest_service_pb2_grpc as ingest_grpc

ROOT = pathlib.Path(__file__).resolve().parents[3]
WHEN = datetime(2009, 6, 1, 8, 0, tzinfo=timezone.utc)


class Desk(ingest_grpc.SitrepIngestServiceServicer):
    """Keeps what is filed by its id. `unavailable`: so many calls fail after the report was taken."""

    def __init__(self):
        self.held, self.asked, self.unavailable = {}, [], 0

    def File(self, request, context):
        self.asked.append(request.event)
        before = self.held.setdefault(request.event.id, request.event)
        if self.unavailable:
            self.unavailable -= 1
            context.abort(grpc.StatusCode.UNAVAILABLE, "Kafka did not answer in time")
        if before != request.event:
            self.refuse(context, grpc.StatusCode.ALREADY_EXISTS, "id", "is there with other content", "conflict")
        if abs(request.event.place.point.latitude) > 90:
            self.refuse(context, grpc.StatusCode.INVALID_ARGUMENT, "place.point.latitude", "is outside -90..90",
                        "out_of_range")
        outcome = ingest.OUTCOME_ACCEPTED if before is request.event else ingest.OUTCOME_DUPLICATE
        return ingest.FileResponse(receipt=ingest.Receipt(id=request.event.id, revision=1, outcome=outcome))

    def Withdraw(self, request, context):
        if request.id not in self.held:
            context.abort(grpc.StatusCode.NOT_FOUND, "no such report")
        receipt = ingest.Receipt(id=request.id, revision=request.revision, outcome=ingest.OUTCOME_ACCEPTED)
        return ingest.WithdrawResponse(receipt=receipt)

    @staticmethod
    def refuse(context, code, field, reason, word):
        errors = common.FieldErrors(errors=[common.FieldError(field=field, reason=reason, code=word)])
        context.set_trailing_metadata([("tocsin-field-errors-bin", errors.SerializeToString())])
        context.abort(code, f"{field}: {reason} ({word})")


class IngestTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.pki = pathlib.Path(cls.folder.name)
        subprocess.run([str(ROOT / "deploy/pki/make-certs"), "--out", str(cls.pki), "--quiet", "unmis/service/ingest",
                        "unmis/reporting-officer/desk"], check=True)

    def setUp(self):
        def pem(name):
            return (self.pki / name).read_bytes()

        self.desk = Desk()
        self.server = grpc.server(futures.ThreadPoolExecutor(2))
        ingest_grpc.add_SitrepIngestServiceServicer_to_server(self.desk, self.server)
        port = self.server.add_secure_port("127.0.0.1:0", grpc.ssl_server_credentials(
            [(pem("unmis.service.ingest.key"), pem("unmis.service.ingest.crt"))], pem("ca.crt"), True))
        self.server.start()
        self.addCleanup(self.server.stop, 0)
        stem = str(self.pki / "unmis.reporting-officer.desk")
        self.ingest = Ingest(f"127.0.0.1:{port}", str(self.pki / "ca.crt"), stem + ".crt", stem + ".key", timeout=5.0)
        self.addCleanup(self.ingest.close)

    def raised(self, *words, **fields):
        self.ingest.raise_warning(*words, **fields)
        return self.desk.asked[-1]

    def test_it_is_a_report_with_severity_case_and_time(self):
        receipt = self.ingest.raise_warning("severe", "near Yambio", "armed men at the ford", point=(4.45, 28.35),
                                            within_km=5, releasable_to=["monusco"], grading="B2", when=WHEN, id="w-1")
        self.assertEqual((receipt.id, receipt.outcome), ("w-1", ingest.OUTCOME_ACCEPTED))
        us = int(WHEN.timestamp()) * 1_000_000
        self.assertEqual(self.desk.asked, [event.Event(
            id="w-1", revision=1, revision_kind=event.REVISION_KIND_FILE, type="raised.warning",
            nature=event.NATURE_OBSERVED, grading=common.Grading(reliability="B", credibility="2"),
            observed=event.ObservedTime(interval=common.Interval(from_us=us, to_us=us),
                                        precision=event.TIME_PRECISION_INSTANT),
            place=event.Place(name="near Yambio", point=common.Point(latitude=4.45, longitude=28.35),
                              uncertainty_m=5000),
            source=event.Source(how_obtained="observed"), label=common.Label(releasable_to=["monusco"]),
            texts=[common.Text(language="en", text="armed men at the ford")],
            attributes={"severity": "severe", "case": "w-1"})])

    def test_least_of_all_it_says_how_grave_and_where(self):
        before = datetime.now(timezone.utc).timestamp()
        first, second = self.raised("minor", "the ford"), self.raised("minor", "the ford", case="men-at-the-ford")
        self.assertNotEqual(first.id, second.id)
        self.assertEqual((first.attributes["case"], second.attributes["case"]), (first.id, "men-at-the-ford"))
        self.assertGreaterEqual(first.observed.interval.from_us, int(before * 1e6))
        self.assertFalse(first.HasField("label") or first.HasField("grading") or first.place.HasField("point"))
        exercise = self.raised("extreme", "the ford", exercise="EX-1")
        self.assertEqual((exercise.status, exercise.exercise_id), (common.STATUS_EXERCISE, "EX-1"))

    def test_released_to_nobody_is_not_the_desks_default(self):
        self.assertEqual(self.raised("minor", "x", releasable_to=[]).label, common.Label(tlp=common.TLP_RED))
        self.assertEqual(self.raised("minor", "x", releasable_to=[], tlp=common.TLP_AMBER).label,
                         common.Label(tlp=common.TLP_AMBER))
        self.assertEqual(self.raised("minor", "x", classification=common.CLASSIFICATION_CONFIDENTIAL,
                                     releasable_to=["unamid", "monusco"], caveats=["NOT-TO-HOST"]).label,
                         common.Label(classification=common.CLASSIFICATION_CONFIDENTIAL,
                                      releasable_to=["unamid", "monusco"], caveats=["NOT-TO-HOST"]))

    def test_the_same_again_has_no_second_effect_and_other_content_is_refused(self):
        again = dict(place="near Yambio", when=WHEN, id="w-1")
        self.assertEqual(self.ingest.raise_warning("severe", **again).outcome, ingest.OUTCOME_ACCEPTED)
        self.assertEqual(self.ingest.raise_warning("severe", **again).outcome, ingest.OUTCOME_DUPLICATE)
        with self.assertRaises(Refused) as refused:
            self.ingest.raise_warning("minor", **again)
        self.assertEqual(refused.exception.code, grpc.StatusCode.ALREADY_EXISTS)

    def test_an_ingest_that_does_not_answer_is_asked_again_with_the_same_report(self):
        self.desk.unavailable = 2
        self.assertEqual(self.ingest.raise_warning("severe", "near Yambio").outcome, ingest.OUTCOME_DUPLICATE)
        self.assertEqual([self.desk.asked[0]] * 3, self.desk.asked)

    def test_a_refusal_names_the_field(self):
        with self.assertRaises(Refused) as refused:
            self.ingest.raise_warning("severe", "near Yambio", point=(123, 1))
        self.assertIn("place.point.latitude", str(refused.exception))
        self.assertEqual([(e.field, e.code) for e in refused.exception.errors],
                         [("place.point.latitude", "out_of_range")])

    def test_what_cannot_be_meant_is_not_sent(self):
        for fields in (dict(severity="grave"), dict(place=""), dict(when=datetime(2009, 6, 1)), dict(grading="B9"),
                       dict(releasable_to="monusco"), dict(caveats="NOT-TO-HOST"), dict(within_km=5)):
            with self.assertRaises(ValueError, msg=str(fields)):
                self.ingest.raise_warning(**{"severity": "severe", "place": "near Yambio", **fields})
        self.assertEqual(self.desk.asked, [])

    def test_it_is_taken_back(self):
        self.ingest.raise_warning("severe", "near Yambio", id="w-1")
        self.assertEqual(self.ingest.withdraw("w-1", "our own convoy").revision, 2)
        with self.assertRaises(grpc.RpcError) as unknown:
            self.ingest.withdraw("w-2", "never filed")
        self.assertEqual(unknown.exception.code(), grpc.StatusCode.NOT_FOUND)


if __name__ == "__main__":
    unittest.main()
