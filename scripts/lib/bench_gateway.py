"""scripts/bench gateway: what the push to many clients costs, beside a plain fan-out in the same run.

    fanout   one warning after the other to all clients, with one client stalled and with none, twice with none for
             the spread; the floor with the same clients
    many     as many clients as --clients on as many TLS connections: memory, one warning to all of them, all of them
             reconnecting at once, and what an officer's calls take meanwhile; the floor with the same clients
    slow     one client over a link of 128 kbit/s, with a snapshot of --rows on its way: how soon an Extreme warning is
             in its hands. The link is a relay in this process that passes 16,000 bytes a second each way
"""

import argparse
import json
import os
import pathlib
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import threading
import time

import stack as stacks

PRESET = os.environ.get("TOCSIN_BENCH_PRESET", "release")
MISSION = "unamid"
SESSIONS_OF_ONE = 16
QUIET = {severity: [] for severity in ("extreme", "severe", "moderate", "minor")}


class Bench:
    def __init__(self, folder, arguments):
        self.arguments = arguments
        name = f"gateway-{MISSION}"
        self.stack = stacks.Stack(folder, "wall", PRESET, missions=(MISSION,), watching=(MISSION,),
                                  port_base=os.environ.get("TOCSIN_PORT_BASE", "18700"),
                                  overrides={name: {"escalation": QUIET, "storm": {"alarms": 0}}})
        self.gateway = self.stack.process(name)
        self.brokers = f"127.0.0.1:{self.stack.kafka_port}"
        self.floor_port = self.stack.base + 40
        self.floor = None

    def start(self):
        self.stack.prepare()
        stacks.say("making certificates for the clients")
        count = -(-max(self.arguments.clients, self.arguments.healthy) // SESSIONS_OF_ONE)
        subprocess.run([str(stacks.ROOT / "deploy/pki/make-certs"), "--quiet", "--out", str(self.stack.pki),
                        *(f"{MISSION}/watch-officer/w{n}" for n in range(count))], check=True)
        self.restart()

    def restart(self):
        """From an empty state, so that each part measures the same."""
        if self.gateway.pid():
            self.gateway.ask_to_stop()
            self.gateway.finish_stopping()
        self.gateway.start()
        self.stack.wait_ready(names=[self.gateway.name])

    def stop(self):
        self.stop_floor()
        self.stack.down()

    def start_floor(self):
        stem = self.stack.pki / f"{MISSION}.service.gateway"
        self.floor = subprocess.Popen(
            [str(self.stack.binaries / "bench-gateway"), "floor", "--brokers", self.brokers, "--port",
             str(self.floor_port), "--pki", str(self.stack.pki), "--stem", str(stem)],
            stdout=subprocess.PIPE, text=True, start_new_session=True)
        if self.floor.stdout.readline().strip() != "ready":
            raise stacks.StackError("the floor did not start")
        time.sleep(1)  # it reads the log to its end

    def stop_floor(self):
        if self.floor and self.floor.poll() is None:
            self.floor.terminate()
            self.floor.wait(30)
        self.floor = None

    def measure(self, what, floor=False, port=None, **options):
        pid = self.floor.pid if floor else self.gateway.pid()
        port = port or (self.floor_port if floor else self.gateway.port)
        command = [str(self.stack.binaries / "bench-gateway"), what, "--brokers", self.brokers, "--target",
                   f"127.0.0.1:{port}", "--pki", str(self.stack.pki), "--pid", str(pid)]
        for name, value in options.items():
            command += [f"--{name}"] if value is True else [f"--{name}", str(value)]
        if floor:
            command.append("--floor")
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        sys.stderr.write(done.stderr)
        if done.returncode != 0:
            raise stacks.StackError(f"bench-gateway {what} failed:\n{done.stdout}{done.stderr}")
        return json.loads(done.stdout.splitlines()[-1])

    # ---- parts ----

    def fanout(self):
        size = {"clients": self.arguments.healthy, "count": self.arguments.count, "rate": self.arguments.rate}
        runs = {"none": [], "none again": [], "one stalled": [], "floor": []}
        for turn in range(self.arguments.repeat):
            for name in ("none", "one stalled", "none again"):
                stacks.say(f"fan-out to {self.arguments.healthy}, {name}, {turn + 1} of {self.arguments.repeat}")
                more = {"stalled": True} if name == "one stalled" else {}
                runs[name].append(self.measure("fanout", exercise=f"fanout-{turn}-{name.replace(' ', '-')}", **size,
                                               **more))
            stacks.say(f"the floor to {self.arguments.healthy}, {turn + 1} of {self.arguments.repeat}")
            self.start_floor()
            runs["floor"].append(self.measure("fanout", floor=True, exercise=f"fanout-{turn}-floor", **size))
            self.stop_floor()
        return runs

    def many(self):
        self.restart()
        stacks.say(f"{self.arguments.clients} clients")
        gateway = self.measure("many", clients=self.arguments.clients, count=10, exercise="many")
        self.start_floor()
        stacks.say(f"the floor with {self.arguments.clients} clients")
        floor = self.measure("many", floor=True, clients=self.arguments.clients, count=10, exercise="many-floor")
        self.stop_floor()
        return {"gateway": gateway, "floor": floor}

    def slow(self):
        stacks.say(f"a link of 128 kbit/s and a snapshot of {self.arguments.rows}")
        self.measure("rows", rows=self.arguments.rows, exercise="slow")
        time.sleep(2)
        return self.measure("slow", port=SlowLink(self.gateway.port).port, exercise="slow", count=6)


class SlowLink:
    """128 kbit/s each way to a port of 127.0.0.1, in the user's space: what waits, waits in the senders."""

    BYTES_PER_S = 16_000
    CHUNK = 1_400
    # Not less than a segment of the loopback: else the senders see a window of nothing for as long as they send, and give
    # the connection up (TCP_USER_TIMEOUT). It adds no delay: the gateway has about a second of its link under way.
    BUFFER = 65_536

    def __init__(self, port):
        self.target = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            client, _ = self.listener.accept()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self.BUFFER)
            target = socket.socket()
            target.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.BUFFER)
            target.connect(("127.0.0.1", self.target))
            for source, sink in ((client, target), (target, client)):
                threading.Thread(target=self._carry, args=(source, sink), daemon=True).start()

    def _carry(self, source, sink):
        free = time.monotonic()
        try:
            while data := source.recv(self.CHUNK):
                free = max(free, time.monotonic()) + len(data) / self.BYTES_PER_S
                time.sleep(max(0.0, free - time.monotonic()))
                sink.sendall(data)
        except OSError:
            pass
        sink.close()


def table(result):
    def ms(value):
        return "-" if value is None else f"{value:9.1f}"
    if "fanout" in result:
        print("\nFrom the hand-over to the log to each client, milliseconds")
        print(f"{'':24}{'p50':>9}{'p99':>10}{'max':>10}   missing")
        for name, runs in result["fanout"].items():
            for run in runs:
                print(f"{name:24}{ms(run.get('p50'))} {ms(run.get('p99'))} {ms(run.get('max'))}   {run['missing']}")
        p99 = {name: statistics.median(run["p99"] for run in runs) for name, runs in result["fanout"].items()}
        quiet = statistics.median((p99["none"], p99["none again"]))
        print(f"p99 with one stalled to none: {p99['one stalled'] / quiet:.2f}; the two halves with none apart: "
              f"{abs(p99['none'] - p99['none again']) / quiet:.2f}; to the floor: {quiet / p99['floor']:.2f}")
    if "many" in result:
        print(f"\n{result['clients']} clients, each a TLS connection")
        rows = (("memory before, MiB", "rss_before_mib"), ("memory with all, MiB", "rss_mib"), ("peak, MiB", "peak_mib"),
                ("threads", "threads"), ("all connected, s", "connect_s"), ("all reconnected, s", "reconnect_s"))
        print(f"{'':34}{'gateway':>10}{'floor':>10}")
        for title, key in rows:
            print(f"{title:34}" + "".join(f"{result['many'][side].get(key, float('nan')):10.1f}"
                                          for side in ("gateway", "floor")))
        for title, key in (("one warning to all, ms", "one_to_all"), ("the last of them, ms", "last"),
                           ("a call (Act), quiet, ms", "act_quiet"), ("a call while all reconnect, ms", "act_reconnect")):
            for part in ("p50", "p99"):
                cells = [result["many"][side].get(key, {}).get(part) for side in ("gateway", "floor")]
                print(f"{title + ', ' + part:34}" + "".join(f"{'-':>10}" if c is None else f"{c:10.1f}" for c in cells))
    if "slow" in result:
        slow = result["slow"]
        print("\nAn Extreme warning over 128 kbit/s while a snapshot is on its way")
        print(f"  ms: p50 {slow['p50']:.0f}, max {slow['max']:.0f}, of {slow['count']}; missing {slow['missing']}; "
              f"rows by then {slow['rows_there']}, snapshot complete: {slow['snapshot_complete']}")


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench gateway", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=pathlib.Path, help="writes the figures to this file, too")
    parser.add_argument("--clients", type=int, default=2000)
    parser.add_argument("--healthy", type=int, default=200, help="clients of the fan-out")
    parser.add_argument("--count", type=int, default=160, help="warnings of a fan-out run; it must end before a stalled "
                        "client is given up, 15 s")
    parser.add_argument("--rate", type=int, default=20, help="of them a second")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--rows", type=int, default=10_000, help="of the snapshot over the slow link")
    parser.add_argument("--only", choices=("fanout", "many", "slow"), action="append")
    arguments = parser.parse_args()
    wanted = arguments.only or ["fanout", "many", "slow"]
    # A connection is a descriptor in the gateway and one in the clients' process.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard < arguments.clients + 500:
        sys.exit(f"error: {hard} open files are allowed and {arguments.clients + 500} needed (ulimit -Hn)")
    folder = pathlib.Path(os.environ.get("TOCSIN_HOME", stacks.ROOT / ".tocsin")).resolve() / "bench-gateway"
    shutil.rmtree(folder, ignore_errors=True)
    bench = Bench(folder, arguments)
    result = {"preset": PRESET, "clients": arguments.clients, "healthy": arguments.healthy}
    try:
        bench.start()
        for part in wanted:
            result[part] = getattr(bench, part)()
    finally:
        bench.stop()
    table(result)
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    try:
        main()
    except stacks.StackError as error:
        sys.exit(f"error: {error}")
