#!/usr/bin/env python3
"""The Python client (clients/python) over a real stack: a report in one mission, a warning in the other's watch, worked to its
end from Python, with the gateway killed in between; and a warning raised by hand from Python. Run by the Python of
scripts/install, which has grpcio.
"""

import subprocess
import sys
import threading
import time
import unittest
from datetime import datetime, timedelta, timezone

from on_stack import ROOT, OnStack

sys.path.insert(0, str(ROOT / "clients" / "python" / "src"))
subprocess.run([sys.executable, str(ROOT / "clients" / "python" / "generate")], check=True)
import grpc  # noqa: E402
from tocsin import Client, Ingest, Refused  # noqa: E402
from tocsin.v1 import action_pb2 as action  # noqa: E402
from tocsin.v1 import evidence_pb2 as evidence  # noqa: E402
from tocsin.v1 import gateway_service_pb2 as gateway  # noqa: E402
from tocsin.v1 import sitrep_ingest_service_pb2 as ingest  # noqa: E402
from tocsin.v1 import warning_pb2 as warnings  # noqa: E402


class PythonClient(OnStack):
    PORT_BASE = 19200

    def caller(self, kind, service, mission, role, of=None):
        """`of`: the mission whose certificate it has, if that is another."""
        config = self.stack.process(f"{service}-{mission}").config
        tls = self.stack._tls(of or mission, role, "desk")
        caller = kind(f"127.0.0.1:{config['listen']['port']}", tls["ca"], tls["certificate"], tls["key"])
        self.addCleanup(caller.close)
        return caller

    def client(self, mission, role="watch-officer"):
        return self.caller(Client, "gateway", mission, role)

    def await_view(self, client, holds, **fields):
        """The first of what `client` lists that `holds`."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            for view in client.list(gateway.WarningFilter(**fields)):
                if holds(view):
                    return view
            time.sleep(0.1)
        self.fail("no such warning is listed")

    def test_an_officer_raises_a_warning_by_hand(self):
        desk, ours, theirs = (self.caller(Ingest, "sitrep-ingest", "unmis", "reporting-officer"), self.client("unmis"),
                              self.client("monusco"))
        raised = dict(place="near Yambio", text="armed men at the ford", point=(4.45, 28.35), within_km=5,
                      when=datetime.now(timezone.utc))

        def mine(id):
            return lambda view: any(item.identity.id == id for item in view.warning.evidence)

        told = desk.raise_warning("severe", id="py-1", releasable_to=["monusco"], **raised)
        self.assertEqual((told.id, told.outcome), ("py-1", ingest.OUTCOME_ACCEPTED))
        warning = self.await_view(theirs, mine("py-1"), open_only=True).warning
        self.assertEqual((warning.rule_id, warning.severity, list(warning.addressees)),
                         ("raised-severe", evidence.SEVERITY_SEVERE, ["monusco", "unmis"]))
        again = desk.raise_warning("severe", id="py-1", releasable_to=["monusco"], **raised)
        self.assertEqual(again.outcome, ingest.OUTCOME_DUPLICATE)
        with self.assertRaises(Refused) as refused:
            desk.raise_warning("minor", id="py-1", releasable_to=["monusco"], **raised)
        self.assertEqual(refused.exception.code, grpc.StatusCode.ALREADY_EXISTS)
        with self.assertRaises(Refused) as refused:
            desk.raise_warning("minor", **{**raised, "point": (123, 28.35)})
        self.assertEqual([error.field for error in refused.exception.errors], ["place.point.latitude"])

        # Released to nobody it warns the own mission alone, whatever the desk's default label says.
        own = desk.raise_warning("minor", releasable_to=[], **raised).id
        self.assertEqual(list(self.await_view(ours, mine(own), open_only=True).warning.addressees), ["unmis"])
        self.assertFalse(any(mine(own)(view) for view in theirs.list(gateway.WarningFilter())))
        with self.assertRaises(grpc.RpcError) as stranger:
            self.caller(Ingest, "sitrep-ingest", "unmis", "watch-officer", of="monusco").raise_warning("minor", "x")
        self.assertEqual(stranger.exception.code(), grpc.StatusCode.PERMISSION_DENIED)

        for id in ("py-1", own):
            desk.withdraw(id, "our own convoy")
        self.await_view(theirs, lambda view: view.warning.id == warning.id
                        and view.warning.message_type == warnings.MESSAGE_TYPE_CANCEL)

    def test_a_warning_is_worked_to_its_end_over_a_gateways_death(self):
        officer, colleague = self.client("monusco"), self.client("monusco", "liaison")
        seen, links = [], []
        grown = threading.Condition()
        watch = colleague.watch(on_link=lambda up, reason: links.append(up))

        def read():
            for event in watch:
                with grown:
                    seen.append(event)
                    grown.notify_all()

        reader = threading.Thread(target=read)
        reader.start()
        self.addCleanup(reader.join, 20)
        self.addCleanup(watch.close)

        def wait(holds):
            with grown:
                self.assertTrue(grown.wait_for(lambda: any(holds(event) for event in seen), timeout=60))

        self.ctl("file", "--mission", "unmis", "--id", "flow-1", "--what", "displacement.flow", "--nature", "expected",
                 "--where", "near Yambio", "--lat", "4.45", "--lon", "28.35", "--within-km", "5", "--when", "now",
                 "--how", "heard", "--displaced", "400")
        wait(lambda e: isinstance(e, gateway.Delivery) and e.view.warning.rule_id == "displacement-near-border")
        warning = next(e.view.warning for e in seen if isinstance(e, gateway.Delivery))
        number = str(warning.number)
        wait(lambda e: isinstance(e, gateway.Heartbeat) and e.HasField("open_digest"))

        answer = officer.acknowledge(number, lasts=timedelta(minutes=30), comment="reception team told")
        self.assertTrue(answer.changed)
        self.assertEqual(answer.lifecycle.state, action.LIFECYCLE_STATE_ACKNOWLEDGED)
        changed = lambda actions: lambda e: (isinstance(e, gateway.LifecycleChange)  # noqa: E731
                                             and e.lifecycle.actions == actions)
        wait(changed(1))
        with self.assertRaises(grpc.RpcError) as refused:
            officer.resolve(number, expect=0)
        self.assertEqual(refused.exception.code(), grpc.StatusCode.FAILED_PRECONDITION)
        with self.assertRaises(grpc.RpcError) as refused:
            colleague.resolve(number)
        self.assertEqual(refused.exception.code(), grpc.StatusCode.PERMISSION_DENIED)

        process = self.stack.process("gateway-monusco")
        process.kill()
        process.start()
        officer.respond(number, "RRB patrol", action.RESPONSE_STAGE_TASKED, at=datetime.now(timezone.utc))
        officer.mark(number, action.VERDICT_USEFUL)
        officer.resolve(number, comment="400 met")
        wait(changed(4))
        self.assertIn(False, links)
        emissions = [(e.view.warning.id, e.view.warning.revision) for e in seen if isinstance(e, gateway.Delivery)]
        self.assertEqual(len(emissions), len(set(emissions)))

        history = list(officer.history(number))
        self.assertEqual([entry.action.action.detail.WhichOneof("what") for entry in history if entry.HasField("action")],
                         ["acknowledge", "respond", "mark", "resolve"])
        first = next(e.logged_us for e in history if e.HasField("action"))
        then = list(officer.history(number, datetime.fromtimestamp(first / 1e6, timezone.utc)))
        self.assertEqual(sum(entry.HasField("action") for entry in then), 1)
        self.assertEqual(next(self.client("unmis").list()).lifecycle.actions, 0, "nobody else's business")

        self.ctl("withdraw", "--mission", "unmis", "flow-1", "--revision", "2", "--reason", "it was a market day")
        wait(lambda e: isinstance(e, gateway.Delivery) and e.view.warning.id == warning.id
             and e.view.warning.message_type == warnings.MESSAGE_TYPE_CANCEL)


if __name__ == "__main__":
    unittest.main()
