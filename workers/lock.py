"""The engine's lock: one embedded engine for each home. It protects the engine, not the database."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from billing.errors import Locked


@contextmanager
def engine_lock(path: Path) -> Iterator[None]:
    """Hold the lock; the kernel gives it back when this process ends, however it ends.

    Raises:
        Locked: another engine holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as cause:
            raise Locked("engine_locked", home=path.parent.name) from cause
        os.truncate(descriptor, 0)
        os.write(descriptor, str(os.getpid()).encode())
        yield
    finally:
        os.close(descriptor)
