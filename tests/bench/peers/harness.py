"""What every measurement needs: Kafka, the processes of a contender, and the warnings as they become visible."""
import os
import re
import shutil
import signal
import subprocess
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CACHE = os.environ.get("BENCH_CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "tocsin-bench")
PORT = os.environ.get("BENCH_PORT", "29092")
BROKERS = "127.0.0.1:" + PORT
os.environ.update(BENCH_CACHE=CACHE, BENCH_BROKERS=BROKERS)
KT = os.path.join(CACHE, "bin", "kt")
TICK = os.sysconf("SC_CLK_TCK")


def kt(*a, check=True):
    return subprocess.run([KT, *map(str, a)], check=check, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True).stdout


def broker(cmd):
    subprocess.run([os.path.join(HERE, "broker"), cmd], check=True, stdout=subprocess.DEVNULL)


def broker_cpu():
    try:
        pid = subprocess.run([os.path.join(HERE, "broker"), "pid"], stdout=subprocess.PIPE, text=True).stdout.strip()
        f = open("/proc/%s/stat" % pid).read().rsplit(")", 1)[1].split()
        return (int(f[11]) + int(f[12])) / TICK
    except (OSError, IndexError):
        return 0.0


def all_cpu():
    """CPU seconds of every process that is alive, by pid."""
    out = {}
    for d in os.listdir("/proc"):
        if d.isdigit():
            try:
                f = open("/proc/%s/stat" % d).read().rsplit(")", 1)[1].split()
                out[int(d)] = (int(f[11]) + int(f[12])) / TICK
            except (OSError, IndexError):
                pass
    return out


def tree(root):
    """The processes of a contender: [(name, CPU seconds with those of its children that ended, peak MiB)]."""
    parents, found = {}, {}
    for d in os.listdir("/proc"):
        if d.isdigit():
            try:
                f = open("/proc/%s/stat" % d).read().rsplit(")", 1)[1].split()
                parents[int(d)] = int(f[1])
                found[int(d)] = sum(map(int, f[11:15])) / TICK
            except (OSError, IndexError):
                pass
    rows = []
    for pid, cpu in found.items():
        up = pid
        while up != root and up in parents:
            up = parents[up]
        if up == root:
            try:
                words = open("/proc/%d/cmdline" % pid).read().split("\0")
                peak = next((int(l.split()[1]) for l in open("/proc/%d/status" % pid) if l.startswith("VmHWM")), 0)
                rows.append((" ".join(os.path.basename(w) for w in words[:2] if not w.startswith("-")), cpu, peak / 1024))
            except OSError:
                pass
    return rows


class Tail:
    """Reads the committed warnings as they become visible: (seen_us, append_ms, rule, cell, t)."""
    RX = re.compile(r'(\d+) (\d+) (\d+) \{"rule":"(\w+)","cell":(-?\d+),"t":(-?\d+)')

    def __init__(self, topic):
        self.rows, self.bad = [], 0
        self.p = subprocess.Popen([KT, "tail", topic], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.th = threading.Thread(target=self.read, daemon=True)
        self.th.start()

    def read(self):
        for l in self.p.stdout:
            m = self.RX.match(l)
            if m:
                self.rows.append((int(m[1]), int(m[2]), m[4], int(m[5]), int(m[6])))
            else:
                self.bad += 1

    def close(self):
        self.p.terminate()
        self.p.wait()
        self.th.join(5)


class Contender:
    """One process of a contender; its standard output gives the lines `ready` and `first EPOCH_MS`."""

    def __init__(self, name, command, env, log):
        self.name, self.first, self.ready, self.result, self.rc = name, None, False, None, None
        self.work = os.path.join(CACHE, "work", name)
        shutil.rmtree(self.work, ignore_errors=True)
        os.makedirs(self.work)
        e = dict(os.environ, BENCH_WORK=self.work, **env)
        self.log = open(log, "w")
        self.t0 = time.time()
        self.cpu0, self.all0 = broker_cpu(), all_cpu()
        self.p = subprocess.Popen(command, env=e, stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.th = threading.Thread(target=self.read, daemon=True)
        self.th.start()

    def read(self):
        for l in self.p.stdout:
            w = l.split()
            if w[:1] == ["first"]:
                self.first = int(w[1])
            elif w[:1] == ["ready"]:
                self.ready = True
            elif w[:1] == ["inproc"]:
                self.result = (int(w[1]), float(w[2]))
            self.log.write(l)

    def alive(self):
        if self.rc is not None:
            return False
        pid, st, ru = os.wait4(self.p.pid, os.WNOHANG)
        if pid:
            self.reaped(st, ru)
        return not pid

    def reaped(self, st, ru):
        self.rc = os.waitstatus_to_exitcode(st)
        self.p.returncode = self.rc
        self.rss = getattr(self, "rss", ru.ru_maxrss / 1024)
        self.cpu = ru.ru_utime + ru.ru_stime
        self.cpu_broker = broker_cpu() - self.cpu0

    def mark_cpu(self):
        """CPU seconds of contender and broker up to now, and how busy the whole machine was since the start."""
        self.parts = tree(self.p.pid) if self.alive() else []
        self.cpu_at_drain = sum(x[1] for x in self.parts) if self.parts else self.cpu
        if self.parts:
            self.rss = sum(x[2] for x in self.parts)
        self.broker_at_drain = broker_cpu() - self.cpu0
        now = all_cpu()
        spent = sum(v - self.all0.get(k, 0) for k, v in now.items())
        self.others = max(0.0, spent - self.cpu_at_drain - self.broker_at_drain) / (time.time() - self.t0)

    def stop(self):
        if self.alive():
            self.p.send_signal(signal.SIGTERM)
            end = time.time() + 15
            while self.alive() and time.time() < end:
                time.sleep(0.05)
            if self.alive():
                self.p.kill()
                _, st, ru = os.wait4(self.p.pid, 0)
                self.reaped(st, ru)
        self.th.join(2)
        self.log.close()


def command(name, extra):
    return ["/bin/sh", "-c", "exec " + extra[name]] if name in extra else [os.path.join(HERE, "contenders", name, "start")]


def clean_topics(keep=()):
    t = [x for x in kt("list").split() if x.startswith("bench.") and x not in keep]
    if t:
        kt("delete", *t)
        time.sleep(0.5)


def group(name):
    """A fresh group for each run; topics that a contender creates under it go with the rest."""
    group.n += 1
    return "bench.g.%s.%d.%d" % (name, os.getpid(), group.n)


group.n = 0


def compare(rows, exp):
    """Counts by rule and the differences from the reference."""
    seen, dup = set(), 0
    by = {}
    for r in rows:
        k = r[2:]
        if k[0] == "P":
            continue
        if k in seen:
            dup += 1
        seen.add(k)
        by[k[0]] = by.get(k[0], 0) + 1
    miss = {r: sum(1 for k in exp - seen if k[0] == r) for r in ("R1", "R2", "R3")}
    more = {r: sum(1 for k in seen - exp if k[0] == r) for r in ("R1", "R2", "R3")}
    return {"by_rule": by, "missing": miss, "extra": more, "duplicates": dup,
            "exact": not any(miss.values()) and not any(more.values()) and not dup}


def wait_drained(c, tail, want, limit, quiet=25):
    """Until all expected warnings are visible, or nothing came for `quiet` s after the first record, or the limit."""
    end = time.time() + limit
    last_n, last_t = -1, time.time()
    while time.time() < end and c.alive():
        n = len(tail.rows)
        if n != last_n:
            last_n, last_t = n, time.time()
        if n >= want and len({r[2:] for r in tail.rows}) >= want:
            break
        if c.first and n and time.time() - last_t > quiet:
            break
        time.sleep(0.05)
    c.mark_cpu()
