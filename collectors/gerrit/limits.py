"""How far the client goes, and what it has done so far."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """How far to go. Seconds, except where it says otherwise."""

    tries: int = 5
    """How often a request is sent where the reason of its failure may pass."""
    connect: float = 30
    """To look up the host, connect and agree on TLS."""
    silence: float = 180
    """Without a byte from the server; a slow answer that keeps coming is fine."""
    first_pause: float = 2
    """Before the second try, with jitter down to half of it; it doubles from try to try."""
    longest_backoff: float = 60
    """What doubling stops at."""
    longest_pause: float = 300
    """The longest Retry-After that is waited for; beyond it the run ends with Busy."""
    largest_body: int = 256 * 1024 * 1024
    """Bytes of an answer, unpacked."""
    redirects: int = 5
    """Redirects followed for a request, within the server."""


@dataclass(slots=True)
class Traffic:
    """What has been asked so far. It goes on counting; copy it to keep a moment."""

    requests: int = 0
    """Requests sent, repeated and redirected ones too."""
    retries: int = 0
    received: int = 0
    """Bytes of bodies as they came over the wire, so mostly packed."""
    waiting: float = 0.0
    """Seconds from sending a request to the end of its answer, summed over requests (several may run at once)."""
    paused: float = 0.0
    """Seconds of pauses before retries, summed over requests."""
    server_time: int | None = None
    """Epoch seconds of the Date header of the first answer that had one."""
    skew: float | None = None
    """Seconds the server's clock was ahead of the local one then; None without a local clock."""
