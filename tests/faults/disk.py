"""A small disk for one process's state, which can be full.

A tmpfs where this process may mount one; otherwise a limit on the size of files, which is as near as one
comes without: the process is then ended by a signal at the first write beyond it.
"""

import errno
import os
import resource
import shutil
import signal
import subprocess

SIZE_MIB = 128
LEFT_BYTES = 1 << 20


class SmallDisk:
    """Over `folder`, with what is in it, until `remove`."""

    def __init__(self, folder):
        self.folder, self.ballast = folder, folder / "ballast"
        aside = folder.with_name(folder.name + "-aside")
        folder.rename(aside)
        folder.mkdir()
        self.mounted = os.geteuid() == 0 and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SIZE_MIB}m", "tmpfs", str(folder)], check=False).returncode == 0
        shutil.copytree(aside, folder, dirs_exist_ok=True)
        shutil.rmtree(aside)

    def fill(self):
        """All but a little: enough to start with."""
        if not self.mounted:
            return
        free = shutil.disk_usage(self.folder).free - LEFT_BYTES
        with open(self.ballast, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, free)

    def limit(self, process):
        if not self.mounted:
            resource.prlimit(process.child.pid, resource.RLIMIT_FSIZE, (LEFT_BYTES, LEFT_BYTES))

    def expected_end(self):
        """Exit status, and what is said."""
        return (1, os.strerror(errno.ENOSPC)) if self.mounted else (-signal.SIGXFSZ, "")

    def make_room(self):
        self.ballast.unlink(missing_ok=True)

    def remove(self):
        """The folder is left as it is, on the disk below it nothing of it remains."""
        if self.mounted:
            subprocess.run(["umount", str(self.folder)], check=True)
