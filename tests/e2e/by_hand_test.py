#!/usr/bin/env python3
"""The stack on the wall clock, used as its people use it: tocsinctl, grpcurl, and callers without a certificate.

A flash report in one mission warns the other side of the border; it is acknowledged there and nowhere else,
corrected (an Update), and withdrawn (a Cancel).
"""

import json
import os
import subprocess
import time
import unittest

from on_stack import ROOT, OnStack
from terminal import Terminal

SERVICES = {"sitrep_ingest": "tocsin.v1.SitrepIngestService", "sensor_ingest": "tocsin.v1.SensorIngestService",
            "gateway": "tocsin.v1.GatewayService"}
# In the corridor between DR Congo and southern Sudan, whose areas hold on the wall clock too.
PLACE = ("--where", "near Yambio", "--lat", "4.45", "--lon", "28.35", "--within-km", "5")


class ByHand(OnStack):
    # Each test is a watch of its own; all of them together would be a flood.
    STACK = {"overrides": {f"gateway-{mission}": {"storm": {"alarms": 0}} for mission in ("monusco", "unmis")}}
    PORT_BASE = 18400

    def rows(self, *arguments):
        return [json.loads(line) for line in self.ctl(*arguments, "--json").splitlines() if line.strip()]

    def await_warning(self, mission, condition, *arguments):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            for view in self.rows("list", "--mission", mission, *arguments):
                if condition(view):
                    return view
            time.sleep(0.1)
        self.fail(f"no such warning at {mission}")

    def test_a_report_warns_the_neighbour_and_a_correction_follows_it(self):
        self.ctl("file", "--mission", "unmis", "--id", "flow-1", "--what", "displacement.flow", "--nature",
                 "expected", *PLACE, "--when", "now", "--how", "heard", "--displaced", "400")
        flow = lambda view: any(e["identity"]["id"] == "flow-1" for e in view["warning"].get("evidence", []))  # noqa: E731
        warning = self.await_warning("monusco", flow)["warning"]
        self.assertEqual(warning["ruleId"], "displacement-near-border")
        self.assertEqual(warning["addressees"], ["monusco", "unmis"])
        self.assertTrue(warning["unverified"])
        shown = self.ctl("show", "--mission", "monusco", str(warning["number"]))
        self.assertIn("UNVERIFIED", shown)
        self.assertIn("flow-1", shown)

        for words in ("NON VÉRIFIÉ", "Personnes déplacées ou attendues dans le corridor frontalier", "Fondement",
                      "au sud de Yambio", "heure locale"):
            self.assertIn(words, self.ctl("--language", "fr", "show", "--mission", "monusco", str(warning["number"])))
        self.ctl("--language", "xx", "show", "--mission", "monusco", str(warning["number"]), status=2)

        self.ctl("ack", "--mission", "monusco", warning["id"], "--comment", "reception team told")
        mine = self.await_warning("monusco", flow)
        theirs = self.await_warning("unmis", flow)
        self.assertEqual(mine["lifecycle"]["state"], "LIFECYCLE_STATE_ACKNOWLEDGED")
        self.assertNotEqual(theirs.get("lifecycle", {}).get("state"), "LIFECYCLE_STATE_ACKNOWLEDGED")
        # Receiving is not acknowledging: a liaison officer may not.
        self.ctl("--as", "liaison", "ack", "--mission", "monusco", warning["id"], status=5)

        self.ctl("correct", "--mission", "unmis", "flow-1", "--revision", "2", "--reason", "counted again",
                 "--what", "displacement.flow", "--nature", "expected", *PLACE, "--when", "now", "--how",
                 "interviewed", "--displaced", "1200", "--grading", "B2")
        updated = self.await_warning(
            "monusco", lambda view: flow(view) and view["warning"]["evidence"][0].get("revision") == 2)["warning"]
        self.assertEqual(updated["id"], warning["id"])
        self.assertFalse(updated.get("unverified", False))

        self.ctl("withdraw", "--mission", "unmis", "flow-1", "--revision", "3", "--reason", "it was a market day")
        ended = self.await_warning(
            "monusco", lambda view: view["warning"]["id"] == warning["id"] and
            view["warning"]["messageType"] == "MESSAGE_TYPE_CANCEL", "--all")["warning"]
        self.assertGreater(ended["revision"], updated["revision"])

    def test_a_centre_works_a_warning_to_its_end(self):
        """What the desks of one centre do with a warning, seen by another client of it and by nobody else."""
        self.ctl("file", "--mission", "unmis", "--id", "raid-1", "--what", "displacement.flow", "--nature",
                 "expected", *PLACE, "--when", "now", "--how", "heard", "--displaced", "900")
        mine = lambda view: any(e["identity"]["id"] == "raid-1" for e in view["warning"].get("evidence", []))  # noqa: E731
        warning = self.await_warning("monusco", mine)["warning"]
        number = str(warning["number"])
        seen = open(os.path.join(self.folder, "colleague.txt"), "w+", encoding="utf-8")
        self.addCleanup(seen.close)
        colleague = subprocess.Popen(self.stack.ctl_command("--as", "liaison", "watch", "--mission", "monusco"),
                                     stdout=seen, text=True)

        def end_colleague():
            colleague.terminate()
            colleague.wait(timeout=20)
        self.addCleanup(end_colleague)

        def await_line(*parts):
            deadline = time.monotonic() + 30
            while time.monotonic() < deadline:
                seen.seek(0)
                lines = [line for line in seen.read().splitlines() if all(part in line for part in parts)]
                if lines:
                    return lines[-1]
                time.sleep(0.1)
            self.fail(f"no line of the colleague's watch has {parts}")

        name = f"MONUSCO {int(number):04d}"
        await_line(name)
        said = self.ctl("ack", "--mission", "monusco", number, "--for", "30m", "--comment", "reception team told")
        self.assertIn("acknowledged by desk (monusco)", said)
        await_line(name, "acknowledged by desk", "reception team told")
        self.ctl("assign", "--mission", "monusco", number, "--to", "officer-2", "--expect", "1")
        await_line(name, "assigned to officer-2")
        # Somebody who has seen one action only is told that another was first.
        self.ctl("resolve", "--mission", "monusco", number, "--expect", "1", status=1)
        self.ctl("respond", "--mission", "monusco", number, "--unit", "RRB patrol", "--tasked")
        self.ctl("respond", "--mission", "monusco", number, "--unit", "RRB patrol", "--result", "--comment", "400 met")
        await_line(name, "RRB patrol: tasked", "400 met")
        self.ctl("escalate", "--mission", "monusco", number, "--to", "deputy")
        await_line(name, "taken to the deputy by desk")
        self.ctl("mark", "--mission", "monusco", number, "--useful")
        self.assertIn({"ruleId": "displacement-near-border", "useful": 1},
                      [{key: row.get(key) for key in ("ruleId", "useful")}
                       for row in self.rows("rules", "marks", "--mission", "monusco")])
        self.assertIn("100 %", self.ctl("rules", "marks", "--mission", "monusco"))
        self.ctl("resolve", "--mission", "monusco", number)
        await_line(name, "resolved by desk")
        self.ctl("assign", "--mission", "monusco", number, "--to", "officer-3", status=1)
        self.assertNotIn(name, self.ctl("list", "--mission", "monusco"))
        self.assertIn("resolved by desk", self.ctl("list", "--mission", "monusco", "--all"))
        # Nothing of it is the other centre's business.
        theirs = self.await_warning("unmis", mine)
        self.assertEqual(theirs.get("lifecycle", {}).get("actions", 0), 0)

        history = self.rows("history", "--mission", "monusco", number)
        taken = [entry["action"] for entry in history if "action" in entry]
        self.assertEqual(taken.pop()["outcome"], "resolved")  # too late to assign it
        acts = [entry["action"] for entry in taken]
        self.assertEqual([next(kind for kind in ("acknowledge", "assign", "respond", "escalate", "mark", "resolve")
                               if kind in act["detail"]) for act in acts],
                         ["acknowledge", "assign", "respond", "respond", "escalate", "mark", "resolve"])
        self.assertIn("revision", history[0])
        # What this desk knew when it had acknowledged and no more.
        at = int(next(entry for entry in history if "action" in entry)["loggedUs"]) / 1e6
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{round(at % 1 * 1000):03d}Z"
        then = self.rows("history", "--mission", "monusco", number, "--at", stamp)
        self.assertEqual(sum("action" in entry for entry in then), 1)
        self.assertIn("desk: acknowledge", self.ctl("history", "--mission", "monusco", number))
        self.ctl("withdraw", "--mission", "unmis", "raid-1", "--revision", "2", "--reason", "end of this test")
        self.await_warning("monusco", lambda view: view["warning"]["id"] == warning["id"] and
                           view["warning"]["messageType"] == "MESSAGE_TYPE_CANCEL", "--all")

    def test_an_officer_raises_a_warning(self):
        raised = ("raise", "--mission", "unmis", "--id", "raised-1", "--severity", "severe", *PLACE, "--when", self.now(),
                  "--releasable-to", "monusco", "--text", "armed men at the ford")
        said = self.ctl(*raised)
        self.assertIn("raised-1 revision 1: accepted", said)
        self.assertIn("it becomes a severe warning", said)
        mine = lambda view: any(e["identity"]["id"] == "raised-1" for e in view["warning"].get("evidence", []))  # noqa: E731
        warning = self.await_warning("monusco", mine)["warning"]
        self.assertEqual(warning["ruleId"], "raised-severe")
        self.assertEqual(warning["addressees"], ["monusco", "unmis"])
        number = str(warning["number"])
        self.assertIn("Severe warning raised by an officer of UNMIS", self.ctl("show", "--mission", "monusco", number))
        self.assertIn("Alerte grave lancée par un officier de MINUS",
                      self.ctl("--language", "fr", "show", "--mission", "monusco", number))
        self.assertNotIn("ford", self.ctl("show", "--mission", "monusco", number))
        self.assertIn("duplicate", self.ctl(*raised))
        self.ctl("ack", "--mission", "monusco", number)
        # The same by the API alone, kept from everybody else.
        now = int(time.time() * 1e6)
        event = {"id": "raised-2", "type": "raised.warning", "nature": "NATURE_OBSERVED", "place": {"name": "Yambio"},
                 "observed": {"interval": {"fromUs": now, "toUs": now}, "precision": "TIME_PRECISION_INSTANT"},
                 "source": {"howObtained": "observed"}, "attributes": {"severity": "minor", "case": "raised-2"},
                 "label": {"tlp": "TLP_AMBER"}, "mission": "unmis", "revision": 1,
                 "revisionKind": "REVISION_KIND_FILE"}
        endpoint = dict(self.endpoints())["tocsin.v1.SitrepIngestService"]
        filed = self.grpcurl("-d", json.dumps({"event": event}), endpoint, "tocsin.v1.SitrepIngestService/File")
        self.assertIn("OUTCOME_ACCEPTED", filed.stdout, filed.stderr)
        own = lambda view: any(e["identity"]["id"] == "raised-2" for e in view["warning"].get("evidence", []))  # noqa: E731
        self.assertEqual(self.await_warning("unmis", own)["warning"]["addressees"], ["unmis"])
        self.assertFalse(any(own(view) for view in self.rows("list", "--mission", "monusco", "--all")))
        for report in ("raised-1", "raised-2"):
            self.ctl("withdraw", "--mission", "unmis", report, "--revision", "2", "--reason", "end of this test")
        self.await_warning("monusco", lambda view: view["warning"]["id"] == warning["id"] and
                           view["warning"]["messageType"] == "MESSAGE_TYPE_CANCEL", "--all")

    @staticmethod
    def now():
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

    def test_an_officer_works_at_a_terminal(self):
        """The live view: what stands, who has it, keys, and what the desk knows when its link is lost."""
        screen = Terminal(self.stack.ctl_command("watch", "--mission", "monusco"))
        self.addCleanup(screen.end)
        screen.await_text("Watch of monusco", "Whole, heard")
        self.ctl("file", "--mission", "unmis", "--id", "live-1", "--what", "displacement.flow", "--nature",
                 "expected", *PLACE, "--when", "now", "--how", "heard", "--displaced", "700")
        mine = lambda view: any(e["identity"]["id"] == "live-1" for e in view["warning"].get("evidence", []))  # noqa: E731
        warning = self.await_warning("monusco", mine)["warning"]
        name = f"MONUSCO {int(warning['number']):04d}"
        screen.await_text(f"> UNVERIFIED {name}", "WAITS", "live-1")
        screen.press("a")
        screen.await_text(f"UNVERIFIED {name}: acknowledge for how long")
        screen.press("\b\b\b1h\r")
        screen.await_text(f"{name}: acknowledged by desk (monusco)", "0 wait for somebody")
        screen.press("s")
        screen.await_text("assign to whom")
        screen.press("officer-2\r")
        screen.await_text(f"{name}: ", "assigned to officer-2")
        # A name that is none is refused in words; Escape leaves all as it is.
        screen.press("sOfficer Two\r")
        screen.await_text("NOT DONE: assign.person")
        screen.press("r")
        screen.await_text("resolve; what came of it?")
        screen.press("\x1b")
        screen.await_text("q quit")
        self.assertEqual(self.rows("show", "--mission", "monusco", str(warning["number"]))[0]["lifecycle"]["owner"],
                         "officer-2")
        screen.press("r400 met\r")
        screen.await_text(f"{name}: resolved by desk")
        self.ctl("withdraw", "--mission", "unmis", "live-1", "--revision", "2", "--reason", "end of this test")
        screen.await_text("No warning stands.")
        screen.press("q")
        self.assertEqual(screen.await_end(), 0)

    def test_a_centre_silences_and_hands_its_watch_over(self):
        """A silence from its preview to its end, and two persons at a desk, beside a live view."""
        screen = Terminal(self.stack.ctl_command("watch", "--mission", "monusco", "--session", "beside"))
        self.addCleanup(screen.end)
        screen.await_text("Watch of monusco", "Whole, heard")
        self.ctl("file", "--mission", "unmis", "--id", "quiet-1", "--what", "displacement.flow", "--nature",
                 "expected", *PLACE, "--when", "now", "--how", "heard", "--displaced", "600")
        mine = lambda view: any(e["identity"]["id"] == "quiet-1" for e in view["warning"].get("evidence", []))  # noqa: E731
        number = str(self.await_warning("monusco", mine)["warning"]["number"])
        name = f"MONUSCO {int(number):04d}"
        screen.await_text(name, "WAITS")

        rule = ("silence", "--mission", "monusco", "--rule", "displacement-near-border")
        self.assertIn(name, self.ctl(*rule, "--preview"))
        self.ctl(*rule, "--for", "2h", status=1)  # why?
        self.ctl(*rule, "--comment", "known", status=2)  # until when?
        said = self.ctl(*rule, "--for", "2h", "--comment", "known flow", "--action-id", "s-1")
        self.assertIn("silence s-1 until", said)
        screen.await_text("Silenced until", "by desk", "1 quietly", "0 wait for somebody")
        self.assertIn("kept quiet by a silence", self.ctl("show", "--mission", "monusco", number))
        self.ctl("silence", "--mission", "monusco", "--countersign", "s-1", status=5)
        self.ctl("--as", "chief-joc", "silence", "--mission", "monusco", "--countersign", "s-1")
        self.ctl("silence", "--mission", "monusco", "--end", "s-1")
        screen.await_text("1 wait for somebody", "WAITS")

        desk = ("--as", "watch-desk")
        self.ctl(*desk, "ack", "--mission", "monusco", number, status=1)  # nobody is logged on
        self.ctl(*desk, "log-on", "--mission", "monusco", "officer-1")
        screen.await_text("On watch: officer-1")
        self.assertIn("acknowledged by officer-1 (desk)", self.ctl(*desk, "ack", "--mission", "monusco", number))
        self.ctl(*desk, "handover", "--mission", "monusco", "--to", "desk", "--comment", "flow at Yambio",
                 "--action-id", "h-1")
        screen.await_text("The watch is offered to desk by officer-1")
        self.assertIn("(h-1)", self.ctl("who", "--mission", "monusco"))
        self.ctl("handover", "--mission", "monusco", "--sign", "h-1")
        screen.await_text("On watch: desk")
        sheet = self.ctl("handover", "--mission", "monusco", "--since", "2026-01-01T00:00:00Z")
        for words in ("desk, since", "flow at Yambio", "officer-1: acknowledge", f"{name}, the gateway: quieten"):
            self.assertIn(words, sheet)
        self.ctl("log-off", "--mission", "monusco")
        self.assertIn("nobody is logged on", self.ctl("who", "--mission", "monusco"))
        self.ctl("withdraw", "--mission", "unmis", "quiet-1", "--revision", "2", "--reason", "end of this test")
        screen.await_text("No warning stands.")
        screen.press("q")
        self.assertEqual(screen.await_end(), 0)

    def test_a_flash_report_needs_only_what_where_when_and_how(self):
        self.ctl("file", "--mission", "unmis", "--id", "flash-1", "--what", "market.closed", "--where",
                 "the market by the river", "--when", "now", "--how", "heard")
        waiting = {event["id"]: event["flags"] for event in self.rows("triage", "--mission", "unmis")}
        self.assertIn("unknown_type", waiting["flash-1"])
        self.assertIn("unresolved_place", waiting["flash-1"])

    def test_a_refusal_names_the_field_and_the_rule(self):
        done = subprocess.run(
            self.stack.ctl_command("file", "--mission", "unmis", "--id", "bad-1", "--what", "security.attack",
                                   "--where", "x", "--when", "now", "--how", "heard", "--lat", "123", "--lon", "1"),
            capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("place.point.latitude", done.stdout + done.stderr)

    def test_the_same_report_again_has_no_second_effect_and_another_one_conflicts(self):
        report = ("file", "--mission", "unmis", "--id", "twice-1", "--what", "security.sighting", *PLACE, "--when",
                  "2026-01-05", "--how", "observed")
        self.ctl(*report)
        self.ctl(*report)
        self.ctl(*report, "--killed", "3", status=1)

    def grpcurl(self, *arguments, mission="unmis", role="watch-officer"):
        tls = self.stack._tls(mission, role, "desk")
        return subprocess.run(["grpcurl", "-cacert", tls["ca"], "-cert", tls["certificate"], "-key", tls["key"],
                               *arguments], capture_output=True, text=True, check=False, timeout=60)

    def endpoints(self):
        for kind, service in SERVICES.items():
            yield service, f"127.0.0.1:{self.stack.process(kind.replace('_', '-') + '-unmis').port}"

    def test_grpcurl_lists_and_calls_every_service(self):
        calls = {"tocsin.v1.SitrepIngestService": ("ListTriage", "{}"),
                 "tocsin.v1.SensorIngestService": ("Stream", '{"hello":{"feed":"grpcurl-feed","session":"s"}}'),
                 "tocsin.v1.GatewayService": ("List", '{"filter":{"statuses":["STATUS_ACTUAL"]}}')}
        for service, endpoint in self.endpoints():
            listed = self.grpcurl(endpoint, "list")
            self.assertIn(service, listed.stdout.split(), listed.stderr)
            self.assertIn("grpc.health.v1.Health", listed.stdout.split())
            health = self.grpcurl("-d", json.dumps({"service": service}), endpoint, "grpc.health.v1.Health/Check")
            self.assertIn("SERVING", health.stdout, health.stderr)
            method, request = calls[service]
            role = "sensor" if "Sensor" in service else "watch-officer"
            tls = self.stack._tls("unmis", role, "feeds" if role == "sensor" else "desk")
            called = subprocess.run(["grpcurl", "-cacert", tls["ca"], "-cert", tls["certificate"], "-key", tls["key"],
                                     "-d", request, endpoint, f"{service}/{method}"],
                                    capture_output=True, text=True, check=False, timeout=60)
            self.assertEqual(called.returncode, 0, f"{service}: {called.stderr}")

    def test_without_a_certificate_nothing_answers(self):
        make = [str(ROOT / "deploy/pki/make-certs"), "--out", str(self.stack.pki), "--quiet"]
        name = "unmis.watch-officer.desk"
        for option in ("--self-signed", "--expired"):
            subprocess.run([*make, option, "unmis/watch-officer/desk"], check=True, capture_output=True)
        authority = ["-cacert", str(self.stack.pki / "ca.crt")]

        def with_certificate(kind):
            return [*authority, "-cert", str(self.stack.pki / f"{name}{kind}.crt"),
                    "-key", str(self.stack.pki / f"{name}{kind}.key")]

        for service, endpoint in self.endpoints():
            for what, tls in (("no certificate", authority), ("plaintext", ["-plaintext"]),
                              ("self-signed", with_certificate(".self-signed")),
                              ("expired", with_certificate(".expired"))):
                done = subprocess.run(["grpcurl", "-connect-timeout", "3", *tls, endpoint, "list"],
                                      capture_output=True, text=True, check=False, timeout=60)
                self.assertNotEqual(done.returncode, 0, f"{service} answered with {what}: {done.stdout}")
            other = self.grpcurl("-d", "{}", endpoint, f"{service}/" + (
                "List" if "Gateway" in service else "ListTriage" if "Sitrep" in service else "Stream"),
                mission="monusco")
            self.assertNotEqual(other.returncode, 0, f"{service} answered another mission: {other.stdout}")

    def test_check_config_names_what_is_wrong(self):
        for program in ("router", "correlator", "sitrep-ingest", "sensor-ingest", "gateway"):
            process = next(p for p in self.stack.processes if p.program == program)
            good = subprocess.run([*process.command(), "--check-config"], capture_output=True, text=True, check=False)
            self.assertEqual(good.returncode, 0, f"{program}: {good.stderr}")
            bad = subprocess.run([*process.command(), "--check-config", "--set", "kafka.bootstrap=x"],
                                 capture_output=True, text=True, check=False)
            self.assertEqual(bad.returncode, 2, f"{program}: {bad.stdout}{bad.stderr}")
            self.assertIn("kafka.bootstrap", bad.stderr)

    def test_every_process_is_ready_and_measured(self):
        self.ctl("status")
        for process in self.stack.processes:
            self.assertIn("tocsin_", process.metrics(), process.name)

    def test_logs_hold_no_report_text(self):
        secret = "the informant wore a green scarf"
        self.ctl("file", "--mission", "unmis", "--id", "secret-1", "--what", "security.sighting", *PLACE, "--when",
                 "now", "--how", "heard", "--text", secret)
        for process in self.stack.processes:
            log = process.log_file.read_text(errors="replace")
            self.assertNotIn("green scarf", log, process.name)
            for line in log.splitlines():
                json.loads(line)


if __name__ == "__main__":
    os.environ["PATH"] = f"{os.environ.get('TOCSIN_HOME', ROOT / '.tocsin')}/tools/bin:{os.environ['PATH']}"
    unittest.main(verbosity=2)
