"""The measurements, one function each. What they mean is in README.md."""
import bisect
import os
import re
import subprocess
import time

import workload
from harness import (CACHE, KT, Contender, Tail, clean_topics, command, compare, group, kt, wait_drained)


def wfile(n, late, density=1.0):
    f = os.path.join(CACHE, "workload-%d-%s-%g" % (n, "late" if late else "order", density))
    workload.make(f, n, late=late, density=density)
    return f


def throughput(name, a, extra, i):
    f = wfile(a.events, 0.02)
    exp = workload.load_expected(f)
    log = os.path.join(CACHE, "logs", "throughput-%s-%d.log" % (name, i))
    kind = "floor" if name == "pipe" else "engine" if name.endswith("-inproc") else "service"
    r = {"test": "throughput", "contender": name, "kind": kind, "events": a.events}
    if kind == "engine":
        c = Contender(name, command(name, extra), {"BENCH_FILE": f, "BENCH_LATENESS_MS": "60000"}, log)
        while c.alive():
            time.sleep(0.05)
        c.stop()
        rows = []
        w = os.path.join(c.work, "warnings")
        if os.path.exists(w):
            rows = [(0, 0, *(x if n == 0 else int(x) for n, x in enumerate(l.split()))) for l in open(w)]
        r.update(compare(rows, exp))
        if c.result:
            r.update(seconds=c.result[1], rate=c.result[0] / c.result[1])
        r.update(rss_mib=c.rss, cpu_s=c.cpu, broker_cpu_s=0.0)
        return r
    out = "bench.warnings." + name
    clean_topics(keep=("bench.events",))
    kt("create", out, 4)
    tail = Tail(out)
    c = Contender(name, command(name, extra), {
        "BENCH_IN": "bench.events", "BENCH_OUT": out, "BENCH_GROUP": group(name),
        "BENCH_LATENESS_MS": "60000"}, log)
    if kind == "floor":                          # it writes one record with cell -1 when a partition has ended
        end = time.time() + a.limit
        while c.alive() and time.time() < end and sum(1 for x in tail.rows if x[3] == -1) < 4:
            time.sleep(0.02)
        c.mark_cpu()
    else:
        wait_drained(c, tail, len(exp), a.limit, a.patience)
        time.sleep(1.5)                          # anything that should not come
    died = not c.alive()
    if len(c.parts) > 1:
        r["parts"] = [{"process": n, "cpu_s": round(s, 2), "rss_mib": round(m)} for n, s, m in c.parts]
    c.stop()
    tail.close()
    r.update(compare(tail.rows, exp))
    start = c.first or int(c.t0 * 1000)
    r["drained"] = kind == "floor" or exp <= {x[2:] for x in tail.rows}
    if tail.rows and r["drained"]:
        s = max(x[0] for x in tail.rows) / 1e6 - start / 1e3
        r.update(seconds=s, rate=a.events / s)
    r.update(rss_mib=c.rss, cpu_s=c.cpu_at_drain, broker_cpu_s=c.broker_at_drain, other_cores=c.others,
             start_s=start / 1e3 - c.t0, timed_from="first record" if c.first else "process start", died=died)
    return r


def completing(f, lateness):
    """For each expected warning the id of the record on whose arrival it is certain, in order of arrival.

    R1, R2: the arrival of the last piece of evidence, whichever that is. R3: the first record of the partition whose
    event time is past the deadline by the allowed lateness; it is found per partition by the caller.
    """
    evs = []
    for n, l in enumerate(open(f)):
        m = re.search(r'"id":(\d+),"mission":(\d),"type":"(\w+)".*?"cell":(\d+),.*?"t":(\d+)', l)
        if m[3] in ("attack", "column", "crossing"):
            evs.append((int(m[1]), int(m[2]), m[3], int(m[4]), int(m[5])))
    done = {}
    r1, seq = {}, {}
    for i, m, ty, cell, t in evs:
        if ty == "attack":
            w = t // workload.R1_WINDOW * workload.R1_WINDOW
            k = r1.setdefault((cell, w), [0, set()])
            k[0] += 1
            k[1].add(m)
            if k[0] >= workload.R1_COUNT and len(k[1]) >= workload.R1_MISSIONS:
                done.setdefault(("R1", cell, w), i)
        s = seq.setdefault(cell, [])
        s.append((t, ty, m))
        s.sort()
        for at, aty, am in s:
            if aty == "attack" and t <= at < t + workload.R2_SPAN and ("R2", cell, at) not in done:
                col = False
                for bt, bty, bm in s:
                    if bt >= at:
                        break
                    if bty == "column" and bm != am and at - bt < workload.R2_SPAN:
                        col = True
                    elif bty == "crossing" and col:
                        done[("R2", cell, at)] = i
                        break
    return done


def pct(v, p):
    v = sorted(v)
    return v[min(len(v) - 1, int(p * len(v)))] if v else None


def latency(name, a, extra, i, disorder):
    """Open loop at a fixed rate; event time runs 1 ms per event, that is rate/1000 times as fast as the clock."""
    lateness = 60_000 if disorder else 0
    tail_s = lateness / a.rate + 2 if disorder else 0
    n = int(a.rate * (a.warm + a.seconds + tail_s))
    f = wfile(n, 0.02 if disorder else 0, 2.0)
    exp = workload.load_expected(f)
    test = "disorder" if disorder else "latency"
    log = os.path.join(CACHE, "logs", "%s-%s-%d.log" % (test, name, i))
    inp, out = "bench.live", "bench.warnings." + name
    clean_topics(keep=("bench.events",))
    kt("create", inp, 4)
    kt("create", out, 4)
    tail = Tail(out)
    c = Contender(name, command(name, extra), {
        "BENCH_IN": inp, "BENCH_OUT": out, "BENCH_GROUP": group(name),
        "BENCH_LATENESS_MS": str(lateness), "BENCH_PIPE_EVERY": "100"}, log)
    end = time.time() + 30
    while not c.ready and c.alive() and time.time() < end:
        time.sleep(0.05)
    time.sleep(3)
    feeder = subprocess.Popen([KT, "load", f, inp, str(a.rate)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    feeder.wait()
    if name == "pipe":
        time.sleep(2)
        c.mark_cpu()
    else:
        wait_drained(c, tail, len(exp), 60, quiet=15)
    died = not c.alive()
    c.stop()
    tail.close()
    r = {"test": test, "contender": name, "rate": a.rate, "lateness_ms": lateness, "rss_mib": c.rss, "died": died, "other_cores": c.others,
         "kind": "floor" if name == "pipe" else "service"}
    r.update(compare(tail.rows, exp))
    appended, part = {}, {}
    rows = []
    for l in kt("times", inp).splitlines():
        ms, p, ident = map(int, l.split())
        if ident < n:
            rows.append((ms, p, ident))
            appended[ident] = ms
            part[ident] = p
    if not rows:
        return r
    t_first = min(x[0] for x in rows)
    lo, hi = t_first + a.warm * 1000, t_first + (a.warm + a.seconds) * 1000
    done = completing(f, lateness)
    # R3: the first record in the cell's partition that takes event time past the deadline plus the lateness
    marks = {}
    for ms, p, ident in sorted(rows):
        m = marks.setdefault(p, [[], []])
        if not m[0] or ident > m[0][-1]:
            m[0].append(ident)
            m[1].append(ms)
    cell_part = {}
    for l in open(f):
        k = l.find("\t")
        cell_part.setdefault(int(l[:k]), part.get(int(l[k + 7:l.find(",", k)])))
    lat = {}
    for seen_us, app, rule, cell, t in tail.rows:
        if rule == "P":
            at = appended.get(t) if cell != -1 else None
        elif rule == "R3":
            m = marks.get(cell_part.get(cell))
            k = bisect.bisect_left(m[0], t + workload.R3_SILENCE + lateness - workload.T0) if m else 0
            at = m[1][k] if m and k < len(m[0]) else None
        else:
            at = appended.get(done.get((rule, cell, t)))
        if at is None or not lo <= at < hi:
            continue
        lat.setdefault(rule, []).append((seen_us / 1e3 - at, app - at))
    allv = [x for v in lat.values() for x in v]
    lat["all"] = allv
    r["latency_ms"] = {k: {"n": len(v), "p50": pct([x[0] for x in v], .5), "p99": pct([x[0] for x in v], .99),
                           "max": max(x[0] for x in v), "append_p50": pct([x[1] for x in v], .5),
                           "append_p99": pct([x[1] for x in v], .99), "append_max": max(x[1] for x in v)} for k, v in lat.items() if v}
    return r


def quiet(name, a, extra, i):
    """One partition falls silent while the others go on: which of its absence warnings still come?

    The silent partition gets no closing record. Event time elsewhere passes every deadline by a wide margin.
    """
    n = int(a.rate * 26)
    f = wfile(n, 0)
    from_line = int(a.rate * 12)
    inp, out = "bench.live", "bench.warnings." + name
    clean_topics(keep=("bench.events",))
    kt("create", inp, 4)
    kt("create", out, 4)
    tail = Tail(out)
    log = os.path.join(CACHE, "logs", "quiet-%s-%d.log" % (name, i))
    c = Contender(name, command(name, extra), {"BENCH_IN": inp, "BENCH_OUT": out, "BENCH_LATENESS_MS": "0",
                                               "BENCH_GROUP": group(name)}, log)
    end = time.time() + 30
    while not c.ready and c.alive() and time.time() < end:
        time.sleep(0.05)
    time.sleep(3)
    subprocess.run([KT, "load", f, inp, str(a.rate), "3", str(from_line)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(8)
    died = not c.alive()
    c.stop()
    tail.close()
    part = {int(x.split()[2]): int(x.split()[1]) for x in kt("times", inp).splitlines()}
    silent = {}                                  # cell of the silent partition -> its last heartbeat
    other = set()
    for k, l in enumerate(open(f)):
        m = re.search(r'"id":(\d+),.*"type":"heartbeat".*?"cell":(\d+),.*?"t":(\d+)', l)
        if not m:
            continue
        if part.get(int(m[1])) == 3:
            silent[int(m[2])] = int(m[3])
        elif int(m[1]) in part:
            other.add(int(m[2]))
    got = {(x[3], x[4]) for x in tail.rows if x[2] == "R3"}
    cells = {x[0] for x in got}
    return {"test": "quiet", "contender": name, "died": died,
            "silent_sensors": len(silent), "warned": sum(1 for x in silent.items() if x in got),
            "other_sensors": len(other), "other_warned_any": len(other & cells),
            "warned_all_rules_after_silence": sum(1 for x in tail.rows)}
