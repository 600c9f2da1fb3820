"""The whole of Tocsin on one machine: Kafka and every service, for the demo, the tests and work by hand.

A Stack owns one folder and one range of ports. It writes the configuration of each process, starts
them in order, waits until they are ready, and stops what it started and nothing else.
"""

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]


# Of the people who call a centre's services, each with a certificate.
ROLES = ("watch-officer", "watch-desk", "chief-joc", "reporting-officer", "liaison")


class StackError(Exception):
    """Something a person can mend; the text says what and how."""


def say(text):
    print(f"==> {text}", file=sys.stderr, flush=True)


def port_taken(port):
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Process:
    """One service: its configuration file, command, log and pid file."""

    def __init__(self, stack, name, program, config, ops_port, port=None):
        self.stack, self.name, self.program = stack, name, program
        self.config, self.ops_port, self.port = config, ops_port, port
        self.config_file = stack.folder / "config" / f"{name}.yaml"
        self.log_file = stack.folder / "logs" / f"{name}.log"
        self.pid_file = stack.folder / "pids" / name
        self.child, self.stopping = None, None

    def command(self):
        return [str(self.stack.binaries / self.program), "--config", str(self.config_file)]

    def pid(self):
        """The pid if the process lives and is ours: a pid file may outlive a restart of the machine."""
        # A command line is not there at once after a start, so of our own child it is not asked.
        if self.child is not None and self.child.poll() is None:
            return self.child.pid
        try:
            pid = int(self.pid_file.read_text())
            line = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except (OSError, ValueError):
            return None
        return pid if str(self.config_file).encode() in line else None

    def _reap(self):
        return self.child is not None and self.child.poll() is not None

    def start(self):
        if self.pid():
            return
        for port in filter(None, (self.port, self.ops_port)):
            if port_taken(port):
                raise StackError(
                    f"port {port}, wanted for {self.name}, is taken by another process; free it or set "
                    f"TOCSIN_PORT_BASE to the start of a free range")
        for file in (self.config_file, self.log_file, self.pid_file):
            file.parent.mkdir(parents=True, exist_ok=True)
        self.config_file.write_text(yaml.safe_dump(self.config, sort_keys=False))
        with open(self.log_file, "ab") as log:
            # A session of its own: Ctrl-C reaches the script, which then stops the services in order.
            self.child = subprocess.Popen(self.command(), stdout=log, stderr=log,
                                          stdin=subprocess.DEVNULL, start_new_session=True)
        self.pid_file.write_text(str(self.child.pid))

    def ready(self):
        """None when ready, else the reason why not."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ops_port}/readyz", timeout=2) as answer:
                return None if answer.status == 200 else answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.read().decode(errors="replace").strip() or str(error)
        except OSError as error:
            return str(error)

    def metrics(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ops_port}/metrics", timeout=5) as answer:
            return answer.read().decode()

    def signal(self, number):
        pid = self.pid()
        if pid:
            os.kill(pid, number)
        return pid

    def wait_gone(self, pid, seconds):
        """True when the process is gone altogether: it keeps its ports until after its memory."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self._reap() or not os.path.exists(f"/proc/{pid}"):
                return True
            time.sleep(0.02)
        return False

    def ask_to_stop(self):
        """Once: a second signal would end it at once."""
        self.stopping = self.signal(signal.SIGTERM)

    def finish_stopping(self, seconds=15):
        if self.stopping and not self.wait_gone(self.stopping, seconds):
            say(f"{self.name} did not stop within {seconds} s; killing it")
            self.kill()
        self._reap()
        self.pid_file.unlink(missing_ok=True)

    def kill(self):
        """kill -9, as a crash would."""
        pid = self.signal(signal.SIGKILL)
        if pid:
            self.wait_gone(pid, 10)

    def log_tail(self, lines=12):
        try:
            return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""


class Stack:
    """Kafka and the services for `missions`; a gateway for each JOC in `watching`."""

    KEYED_PARTITIONS = 4  # as tocsinctl topics makes them
    MISSIONS = ("binuca", "minurcat", "monusco", "unamid", "unmis")

    def __init__(self, folder, clock, preset="dev", missions=MISSIONS,
                 watching=("minurcat", "unamid", "unmis"), live=None, port_base=None, rules=None,
                 overrides=None, routers=1, correlators=1):
        self.folder = pathlib.Path(folder).resolve()
        self.clock, self.missions, self.watching = clock, missions, watching
        self.live = live or missions
        self.base = int(port_base or os.environ.get("TOCSIN_PORT_BASE", "19000"))
        self.kafka_port = int(os.environ.get("TOCSIN_KAFKA_PORT", self.base + 92))
        self.binaries = ROOT / "build" / preset / "bin"
        self.rules = pathlib.Path(rules or ROOT / "rules")
        self.overrides = overrides or {}
        self.router_tasks, self.correlator_tasks = routers, correlators
        self.home = pathlib.Path(os.environ.get("TOCSIN_HOME", ROOT / ".tocsin")).resolve()
        self.pki = self.folder / "pki"
        self.processes = self._processes()

    # ---- what runs -------------------------------------------------------------------------------

    def _tls(self, mission, role, name):
        stem = f"{mission}.{role}.{name}"
        return {"ca": str(self.pki / "ca.crt"), "certificate": str(self.pki / f"{stem}.crt"),
                "key": str(self.pki / f"{stem}.key")}

    def _service(self, name, index, mission, extra):
        """Options that every process has. Ports: base + index for gRPC, base + 50 + index for ops."""
        config = {
            "ops": {"address": "127.0.0.1", "port": self.base + 50 + index},
            "kafka": {"bootstrap_servers": f"127.0.0.1:{self.kafka_port}", "properties": {}},
            "state_dir": str(self.folder / "state" / name),
        }
        if mission:
            config["mission"] = mission
            config["listen"] = {"address": "127.0.0.1", "port": self.base + index}
            config["tls"] = self._tls(mission, "service", name.rsplit("-", 1)[0])
        config.update(extra)
        config.update(self.overrides.get(name, {}))
        return config

    def _processes(self):
        processes = []

        def add(name, program, mission, extra):
            index = len(processes) + 1
            config = self._service(name, index, mission, extra)
            processes.append(Process(self, name, program, config, self.base + 50 + index,
                                     self.base + index if mission else None))

        rules = {"rules_dir": str(self.rules)}
        # The first of several keeps its name, so that whoever asks for it finds it.
        def number(name, i):
            return name if i == 0 else f"{name}-{i}"

        for i in range(self.router_tasks):
            add(number("router", i), "router", None,
                {"missions": list(self.missions), "live_missions": list(self.live), "clock": self.clock,
                 "router_tasks": self.router_tasks, "router_task": i, **rules})
        for i in range(self.correlator_tasks):
            own = [p for p in range(self.KEYED_PARTITIONS) if p % self.correlator_tasks == i]
            add(number("correlator", i), "correlator", None, {"partitions": own} if self.correlator_tasks > 1 else {})
        for mission in self.missions:
            add(f"sitrep-ingest-{mission}", "sitrep-ingest", mission, {"clock": self.clock, **rules})
            add(f"sensor-ingest-{mission}", "sensor-ingest", mission, {"clock": self.clock, **rules})
        for mission in self.watching:
            # A record that runs in minutes what took a year would take every warning to the chief of staff.
            # Nor is it a flood.
            calm = {} if self.clock == "wall" else {
                "escalation": {severity: [] for severity in ("extreme", "severe", "moderate", "minor")},
                "storm": {"alarms": 0}}
            add(f"gateway-{mission}", "gateway", mission, {"clock": self.clock, **calm})
        return processes

    def process(self, name):
        for process in self.processes:
            if process.name == name:
                return process
        raise StackError(f"no process is named {name}; there are: "
                         + ", ".join(p.name for p in self.processes))

    @property
    def context_file(self):
        return self.folder / "tocsinctl.yaml"

    def _write_context(self):
        """What tocsinctl needs: endpoints, certificates, texts."""
        missions = {}
        for mission in self.missions:
            entry = {"roles": {role: self._tls(mission, role, "desk") for role in ROLES}}
            entry["roles"]["sensor"] = self._tls(mission, "sensor", "feeds")
            entry["ops"] = {}
            for kind in ("sitrep-ingest", "sensor-ingest", "gateway"):
                for process in self.processes:
                    if process.name == f"{kind}-{mission}":
                        entry[kind.replace("-", "_")] = f"127.0.0.1:{process.port}"
                        entry["ops"][kind.replace("-", "_")] = f"127.0.0.1:{process.ops_port}"
            missions[mission] = entry
        context = {
            "missions": missions,
            "kafka": {"bootstrap_servers": f"127.0.0.1:{self.kafka_port}"},
            "ops": {process.name: f"127.0.0.1:{process.ops_port}" for process in self.processes
                    if process.program in ("router", "correlator")},
            **({"topics": {"router_tasks": self.router_tasks}} if self.router_tasks > 1 else {}),
            "rules_dir": str(self.rules),
            "catalogue": str(self.rules / "catalogue" / "en.yaml"),
            "places": str(ROOT / "data" / "places" / "places.csv"),
        }
        self.context_file.write_text(yaml.safe_dump(context, sort_keys=False))

    # ---- starting and stopping -------------------------------------------------------------------

    def _run(self, command, **environment):
        done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            raise StackError(f"{' '.join(map(str, command[:3]))} failed with status {done.returncode}:\n"
                             f"{done.stdout}{done.stderr}")
        return done.stdout

    def kafka(self, verb):
        return self._run([str(ROOT / "deploy/kafka/kafka"), verb], TOCSIN_KAFKA_PORT=str(self.kafka_port),
                         TOCSIN_KAFKA_DIR=str(self.folder / "kafka"), TOCSIN_HOME=str(self.home))

    def ctl(self, *arguments):
        """Runs tocsinctl and returns what it prints."""
        return self._run([str(self.binaries / "tocsinctl"), "--context", str(self.context_file), *arguments])

    def ctl_command(self, *arguments):
        return [str(self.binaries / "tocsinctl"), "--context", str(self.context_file), *arguments]

    def prepare(self, progress=say):
        """Kafka, certificates, topics and what tocsinctl needs: all but the services."""
        self.folder.mkdir(parents=True, exist_ok=True)
        progress("starting Kafka")
        self.kafka("start")
        certificates = []
        for mission in self.missions:
            certificates += [f"{mission}/service/{p}" for p in ("sitrep-ingest", "sensor-ingest", "gateway")]
            certificates += [f"{mission}/{role}/desk" for role in ROLES]
            certificates.append(f"{mission}/sensor/feeds")
        self._run([str(ROOT / "deploy/pki/make-certs"), "--out", str(self.pki), *certificates])
        self._write_context()
        progress("making and checking the topics")
        self.ctl("topics", "create")

    def up(self, progress=say):
        self.prepare(progress)
        progress(f"starting {len(self.processes)} services on the {self.clock} clock")
        for process in self.processes:
            process.start()
        self.wait_ready()

    def wait_ready(self, seconds=60, names=None):
        deadline = time.monotonic() + seconds
        waiting = [p for p in self.processes if names is None or p.name in names]
        while waiting:
            reasons = {p.name: p.ready() for p in waiting}
            waiting = [p for p in waiting if reasons[p.name] is not None]
            for process in waiting:
                if not process.pid():
                    raise StackError(f"{process.name} ended while starting; the end of {process.log_file}:\n"
                                     f"{process.log_tail()}")
            if waiting and time.monotonic() > deadline:
                raise StackError("not ready after %d s: %s" % (
                    seconds, "; ".join(f"{p.name}: {reasons[p.name]}" for p in waiting)))
            if waiting:
                time.sleep(0.05)

    def down(self, progress=say):
        """Intake first, then the middle, then the gateways, Kafka last. Stopping twice is fine."""
        order = {"sitrep-ingest": 0, "sensor-ingest": 0, "router": 1, "correlator": 2, "gateway": 3}
        progress("stopping the services")
        for step in range(4):
            batch = [p for p in self.processes if order[p.program] == step]
            for process in batch:
                process.ask_to_stop()
            for process in batch:
                process.finish_stopping()
        self.kafka("stop")

    def status(self):
        rows = []
        for process in self.processes:
            pid = process.pid()
            reason = process.ready() if pid else None
            state = "down" if not pid else "ready" if reason is None else f"not ready: {reason}"
            rows.append({"name": process.name, "pid": pid, "port": process.port, "ops": process.ops_port,
                         "state": state})
        return rows


def load_ndjson(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]
