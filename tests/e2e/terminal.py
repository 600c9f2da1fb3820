"""A program at a terminal of its own: what its screen shows, and keys."""

import time

import pexpect
import pyte


class Terminal:
    def __init__(self, command, columns=120, rows=40):
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._process = pexpect.spawn(command[0], list(command[1:]), dimensions=(rows, columns), timeout=30,
                                      env={"TERM": "linux", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin"})

    def _read(self):
        try:
            self._stream.feed(self._process.read_nonblocking(65536, timeout=0.1))
        except pexpect.TIMEOUT:
            pass

    def text(self):
        return "\n".join(line.rstrip() for line in self._screen.display)

    def await_text(self, *wanted, seconds=30):
        """Until each of `wanted` stands on the screen at once."""
        deadline = time.monotonic() + seconds
        while not all(one in self.text() for one in wanted):
            if time.monotonic() > deadline:
                raise AssertionError(f"{wanted} never stood on the screen, which shows\n{self.text()}")
            self._read()

    def press(self, keys):
        self._process.send(keys)

    def await_end(self):
        """Its exit status."""
        self._process.expect(pexpect.EOF)
        self._process.close()
        return self._process.exitstatus

    def end(self):
        if self._process.isalive():
            self._process.terminate(force=True)
        self._process.close()
