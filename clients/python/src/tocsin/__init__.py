"""Client of a Tocsin gateway."""

from tocsin.client import Client
from tocsin.watch import Ended, Event, Superseded, Watch

__all__ = ["Client", "Ended", "Event", "Superseded", "Watch"]
