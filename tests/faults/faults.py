"""What is done to the engine. Each fault takes a Run and leaves every process running."""


def kills(count):
    """kill -9 of the router or a correlator, at once started again."""
    def fault(run):
        processes = run.engine.processes
        # Each of them, the router most often; which one when is chance.
        victims = [processes[n % len(processes)] for n in range(count)]
        run.chance.shuffle(victims)
        for number in run.moments(count):
            victims[number].kill()
            victims[number].start()
    return fault
