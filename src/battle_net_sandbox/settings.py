"""What the sandbox can be told when it starts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """How a sandbox runs. The defaults suit a test: any free port, no delay, Battle.net's own limit."""

    host: str = "127.0.0.1"
    """A loopback address; nothing else is accepted."""
    port: int = 0
    """0: any free port."""
    recordings: Path | None = None
    """A folder of recorded answers, laid out as the contract says."""
    accounts: Path | None = None
    """A JSON file: a list of bodies of `POST /sandbox/accounts`, created at start."""
    seed: int = 1
    """The same seed makes the same world, byte for byte."""
    latency_ms: int = 0
    """Milliseconds every API answer waits."""
    requests_per_second: int = 100
    """For each client id; 0 for no limit."""
    client_id: str = "sandbox"
    client_secret: str = "sandbox"  # noqa: S105 - a fixed word everyone may know, on loopback only
