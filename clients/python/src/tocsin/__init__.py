"""Client of a mission's Tocsin services: its gateway and its sitrep-ingest."""

from tocsin.client import Client
from tocsin.ingest import Ingest, Refused
from tocsin.watch import Ended, Event, Superseded, Watch

__all__ = ["Client", "Ended", "Event", "Ingest", "Refused", "Superseded", "Watch"]
