"""Which sources a check has found clean, by what it looked at: the source, the repository's headers that it
includes, its flags, and the tool. Kept in $XDG_CACHE_HOME/tocsin (~/.cache/tocsin) as ccache keeps what was
compiled, so that every clone knows what one of them has found."""

import hashlib
import os
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICES = ROOT / "services"
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.M)


def headers_of(file, seen):
    """The repository's own headers that `file` reaches."""
    for name in INCLUDE.findall(file.read_text(encoding="utf-8")):
        header = SERVICES / name
        if header.is_file() and header not in seen:
            seen.add(header)
            headers_of(header, seen)
    return seen


class Known:
    def __init__(self, check, tool):
        """`tool`: bytes that are others when the check is another one."""
        base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
        self.folder = pathlib.Path(base) / "tocsin" / check
        self.folder.mkdir(parents=True, exist_ok=True)
        self.tool = tool

    def stamp(self, file, arguments):
        """A file that is there if this was found clean; touch it when it is."""
        digest = hashlib.sha256(self.tool)
        # Where the clone lies makes no difference.
        digest.update("\0".join(a.replace(str(ROOT), ".") for a in arguments).encode())
        for part in [file, *sorted(headers_of(file, set()))]:
            digest.update(f"\0{part.relative_to(ROOT)}\0".encode() + part.read_bytes())
        return self.folder / digest.hexdigest()
