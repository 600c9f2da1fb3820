"""What is done to the engine. Each fault takes a Run, and in the end every process runs."""

import os
import shutil
import signal
import time

import disk
import engine as engines

ALLOW_FAIL_POINTS = {"TOCSIN_FAIL_POINTS": "allowed"}
# services/lib/task/fail_point.h. The second number is the pass at which a process is ended: of what a
# start passes once for each task the first, of what every transaction passes a later one.
FAIL_POINTS = (("after_open_store", 1), ("after_identity", 1), ("after_init", 1), ("after_committed", 1),
               ("after_assign", 1), ("after_poll", 2), ("before_begin", 3), ("after_begin", 3), ("after_produce", 7),
               ("after_offsets", 3), ("after_commit", 3), ("after_store", 4))
# Longer than a transaction may be open.
PAST_THE_TIME_OUT_SECONDS = 20
AWAY_SECONDS = 60


def kills(count):
    """kill -9 of the router or a correlator, at once started again."""
    def fault(run):
        processes = run.engine.processes
        # Each of them as often; when is chance.
        victims = [processes[n % len(processes)] for n in range(count)]
        run.chance.shuffle(victims)
        for number in run.moments(count):
            victims[number].kill()
            victims[number].start()
    return fault


def fail_points(points=FAIL_POINTS):
    """Ends the router and a correlator at every named place, and once more while they come back from it."""
    def end_at(engine, process, name, passes):
        process.config["fail_point"] = f"{name}:{passes}"
        os.environ.update(ALLOW_FAIL_POINTS)
        try:
            process.start()
        finally:
            for variable in ALLOW_FAIL_POINTS:
                del os.environ[variable]
            del process.config["fail_point"]
        engine.wait_ended(process, -signal.SIGKILL)

    def fault(run):
        engine = run.engine
        plan = [(process, *point) for point in points
                for process in (engine.router, run.chance.choice(engine.correlators))]
        for number, (process, name, passes) in enumerate(plan):
            process.ask_to_stop()
            process.finish_stopping()
            # Something to do for one that is ended at what only records bring about.
            run.load_part(number, len(plan))
            end_at(engine, process, name, passes)
            run.times += 1
            if name == "after_commit":
                # What was committed is not in the store: a replay, and it is cut short, too.
                end_at(engine, process, "after_poll", 1)
                end_at(engine, process, "after_store", 1 + len(process.config.get("partitions", [0])))
                run.times += 2
            process.start()
    return fault


def stopped_and_replaced(count):
    """SIGSTOP; another process takes over; SIGCONT: the one that was stopped writes nothing more, and ends."""
    def fault(run):
        engine = run.engine
        spares = {process.name: engine.add(process.name + "-spare", process.program,
                                           {k: v for k, v in process.config.items() if k not in ("ops", "state_dir")})
                  for process in list(engine.processes)}
        for number in run.moments(count):
            victim = engine.processes[number % len(engine.processes)]
            victim.signal(signal.SIGSTOP)
            spare = spares.pop(victim.name)
            spare.start()
            engine.processes[engine.processes.index(victim)] = spare
            engine.wait_ready_again(spare)
            victim.signal(signal.SIGCONT)
            engine.wait_ended(victim, 1, "another process took over")
            # Next time it takes over in turn, from the state that it had.
            spares[spare.name] = victim
    return fault


def stopped_for_long(run):
    """SIGSTOP past the time-out of a transaction: nobody took over, so it goes on by itself."""
    for number in run.moments(3):
        victim = run.engine.processes[number]
        victim.signal(signal.SIGSTOP)
        time.sleep(PAST_THE_TIME_OUT_SECONDS)  # by the broker's clock: there is nothing to wait for
        victim.signal(signal.SIGCONT)


def broker_restarts(count):
    """The broker is stopped in order or killed, and started again."""
    def fault(run):
        for number in run.moments(count):
            if number % 2 == 0:
                run.engine.kafka("stop")
            else:
                run.engine.kill_broker()
            run.engine.kafka("start")
    return fault


def broker_away(run):
    for number in run.moments(2):
        if number == 0:
            run.engine.kafka("stop")
            time.sleep(AWAY_SECONDS)  # the fault itself
            run.engine.kafka("start")
    run.times = 1


def rebalances(count):
    """Partitions move between two and three correlators while these run."""
    def fault(run):
        engine = run.engine
        third = engine.add("correlator-3", "correlator", {"partitions": engines.THREE["correlator-3"]})
        for number in run.moments(count):
            if number % 2 == 0:
                # It takes over from both, which end: they are told by the broker.
                engine.wait_at_work(*engine.correlators)
                third.start()
                for process in engine.correlators:
                    engine.wait_ended(process, 1, "another process took over")
                    process.config["partitions"] = engines.THREE[process.name]
                    process.start()
                engine.processes.append(third)
            else:
                # Its partitions go back to those that had them, whose stores stand where they were.
                engine.processes.remove(third)
                third.kill()
                for process in engine.correlators:
                    engine.restart(process, partitions=engines.TWO[process.name])
    return fault


def store_deleted(count):
    """The folder with the state is gone: under a process that runs, or before one starts."""
    def fault(run):
        engine = run.engine
        for number in run.moments(count):
            victim = engine.processes[number % len(engine.processes)]
            if number % 2 == 0:
                victim.kill()
            shutil.rmtree(engine.state_of(victim))
            victim.kill()
            victim.start()
    return fault


def flip(run, folder):
    """Bytes of one of a store's files are no longer what was written."""
    files = sorted(f for f in folder.rglob("*") if f.is_file() and f.stat().st_size > 64 and
                   not any(parent.name.endswith(".aside") for parent in f.parents) and
                   (f.suffix in (".sst", ".log") or f.name.startswith("MANIFEST")))
    file = run.chance.choice(files)
    with open(file, "r+b") as opened:
        for _ in range(4):
            at = run.chance.randrange(file.stat().st_size)
            opened.seek(at)
            was = opened.read(1)[0]
            opened.seek(at)
            opened.write(bytes([was ^ run.chance.randrange(1, 256)]))


def checkpoints_lost(count):
    """A disk is lost, and of what was to take its place the newest is whole, missing or damaged."""
    def fault(run):
        engine = run.engine
        shelf = engine.folder / "checkpoints"
        for process in engine.processes:
            engine.restart(process, checkpoint_dir=str(shelf), checkpoint_every="1s")
        for number in run.moments(count):
            victim = engine.processes[number % len(engine.processes)]
            engine.wait_for(lambda: len(published(shelf, victim)) >= 2, f"two checkpoints of {victim.name}")
            victim.kill()
            shutil.rmtree(engine.state_of(victim))
            newest = published(shelf, victim)[-1]
            if number // len(engine.processes) % 3 == 1:
                shutil.rmtree(newest)
            elif number // len(engine.processes) % 3 == 2:
                flip(run, newest)
            victim.start()
        engine.wait_evaluated()
        logs = "".join(process.log_file.read_text() for process in engine.processes)
        loaded, refused = logs.count("loaded checkpoint"), logs.count("cannot use checkpoint")
        run.notes.append(f"{loaded} checkpoints were loaded, {refused} were damaged and not used")
        if loaded == 0 or refused == 0:
            raise engines.Wrong(run.notes[-1])
    return fault


def published(shelf, process):
    """The checkpoints of one of its tasks, oldest first."""
    tasks = [f"correlator-{partition}" for partition in process.config.get("partitions", [])] or ["router-0"]
    return sorted((shelf / tasks[0]).glob("[0-9]*"), key=lambda folder: int(folder.name))


def bytes_flipped(count):
    """Bytes of a store's file are other than they were written: it is noticed, at a start or when they are read."""
    def fault(run):
        engine = run.engine
        for number in run.moments(count):
            victim = engine.processes[number % len(engine.processes)]
            victim.kill()
            flip(run, engine.state_of(victim))
            victim.start()
        engine.wait_evaluated()
        aside = sum(1 for p in engine.processes for _ in engine.state_of(p).rglob("*.aside"))
        run.notes.append(f"{aside} stores were set aside and made anew without a restart; else it went on from what was "
                         "sound")
    return fault


def disk_full(count):
    """The disk with the state is full: the process ends and says why; with room again it goes on where it was."""
    def fault(run):
        engine = run.engine
        for number in range(count):
            victim = engine.processes[number % len(engine.processes)]
            engine.wait_ready_again(victim)
            victim.ask_to_stop()
            victim.finish_stopping()
            small = disk.SmallDisk(engine.state_of(victim))
            engine.leftovers.append(small.remove)
            # What it brings into order at a start has room, and so there is little of that at the next one.
            victim.start()
            engine.wait_ready_again(victim)
            victim.ask_to_stop()
            victim.finish_stopping()
            small.fill()
            victim.start()
            small.limit(victim)
            run.load_part(number, count)
            engine.wait_ended(victim, *small.expected_end())
            small.make_room()
            victim.start()
            engine.wait_routed(engine.loaded)
            run.times += 1
    return fault
