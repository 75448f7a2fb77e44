"""The technical log: a file in the home, for whoever looks into a fault; nothing of it reaches the terminal."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path

FOLDER = "logs"
NAME = "quitus.log"
BYTES_MAX = 2_000_000
KEPT = 3
"""Older files kept beside the one that is written."""
FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


@contextmanager
def technical_log(home: Path) -> Iterator[Path]:
    """Write warnings and errors to the home's log while a command runs; the file is made by its first line."""
    root = logging.getLogger()
    if any(isinstance(handler, _HomeHandler) for handler in root.handlers):
        yield home / FOLDER / NAME
        return
    handler = _HomeHandler(home / FOLDER / NAME)
    root.addHandler(handler)
    try:
        yield home / FOLDER / NAME
    finally:
        root.removeHandler(handler)
        handler.close()


class _HomeHandler(RotatingFileHandler):
    """A file that only its owner reads, in a home that exists; where it cannot be written, work goes on."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=BYTES_MAX, backupCount=KEPT, encoding="utf-8", delay=True)
        self.setLevel(logging.WARNING)
        self.setFormatter(logging.Formatter(FORMAT))
        self.path = path

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        if not self.path.parent.parent.is_dir():
            return
        try:
            self.path.parent.mkdir(mode=0o700, exist_ok=True)
            os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))
        except OSError:
            return
        super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        """Say nothing: a log that cannot be written is no reason to fill the terminal."""
