"""Tests on one running stack: started before the first of them, gone after the last."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "lib"))
import stack as stacks  # noqa: E402


class OnStack(unittest.TestCase):
    PORT_BASE = None  # of the class's own; E2E_PORT_BASE overrides it
    WATCHING = ("monusco", "unmis")
    STACK = {}  # what else Stack takes

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix=f"tocsin-{cls.__name__.lower()}-")
        cls.stack = stacks.Stack(cls.folder, "wall", os.environ.get("TOCSIN_PRESET", "dev"), watching=cls.WATCHING,
                                 port_base=int(os.environ.get("E2E_PORT_BASE", cls.PORT_BASE)), **cls.STACK)
        try:
            cls.stack.up()
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.stack.down()
        shutil.rmtree(cls.folder, ignore_errors=True)

    def ctl(self, *arguments, status=0):
        """What tocsinctl prints; its exit status must be this one."""
        done = subprocess.run(self.stack.ctl_command(*arguments), capture_output=True, text=True, check=False,
                              timeout=200)
        self.assertEqual(done.returncode, status, f"{arguments}\n{done.stdout}{done.stderr}")
        return done.stdout
