"""Delivering into a folder exactly once: a file or a pack appears whole, and is never written a second time.

Order of a delivery, each step made durable before the next: 1. everything is written beside, under `.staging`;
2. a receipt with the digest is written under `.receipts`; 3. one rename makes it appear. The rename is the act. After
a crash the three places tell what happened:

* it is there: delivered;
* receipt and staging: not delivered, provably;
* receipt alone: delivered, and the reader has taken it away since;
* no receipt: not delivered.
"""

import os
import re
import shutil
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

NAME_CHARS_MAX = 100
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


class DifferentDelivery(Exception):
    """Something else was delivered under this name."""


class Outbox:
    """One folder of deliveries; one process writes into it (the engine's lock)."""

    def __init__(self, folder: Path) -> None:
        """Create nothing yet."""
        self.folder = folder

    def deliver(self, name: str, content: bytes | Mapping[str, bytes], *, restore: bool = False) -> str:
        """Deliver one file (bytes) or one pack (files by name), once.

        Args:
            name: of the file or pack; made safe by `safe_name`.
            content: what it holds.
            restore: write it again where it was taken away (a pack for a person: writing it submits nothing).

        Returns:
            The digest of the content; the same as before when it had been delivered already.

        Raises:
            DifferentDelivery: something else has this name.
            OSError: the folder cannot be written; nothing was delivered.
        """
        name = safe_name(name)
        digest = digest_of(content)
        known = self.delivered(name)
        if known is not None:
            if known != digest:
                raise DifferentDelivery(name)
            if not restore or (self.folder / name).exists():
                return digest
        self._make_folders()
        staged, receipt = self._place(".staging", name), self._place(".receipts", name)
        receipt.unlink(missing_ok=True)  # before the staging: a receipt alone would mean "delivered"
        _sync_folder(receipt.parent)
        _remove(staged)
        if isinstance(content, bytes):
            _write(staged, content)
        else:
            staged.mkdir()
            for inner, data in content.items():
                _write(staged / safe_name(inner), data)
            _sync_folder(staged)
        _sync_folder(staged.parent)
        draft = receipt.with_name(f"{name}.new~")
        _write(draft, digest.encode())
        draft.replace(receipt)
        _sync_folder(receipt.parent)
        staged.rename(self.folder / name)
        _sync_folder(self.folder)
        return digest

    def delivered(self, name: str) -> str | None:
        """Tell the digest of what was delivered under a name; None = nothing was."""
        name = safe_name(name)
        there = self.folder / name
        receipt = self._place(".receipts", name)
        if receipt.exists() and (there.exists() or not self._place(".staging", name).exists()):
            return receipt.read_text(encoding="ascii").strip()
        if there.is_file():
            return sha256(there.read_bytes()).hexdigest()
        return digest_of({item.name: item.read_bytes() for item in there.iterdir()}) if there.is_dir() else None

    def _place(self, kind: str, name: str) -> Path:
        return self.folder / kind / name

    def _make_folders(self) -> None:
        for folder in (self.folder, self.folder / ".staging", self.folder / ".receipts"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sync_folder(self.folder)


def safe_name(name: str) -> str:
    """Make a file name that no folder or system misreads; two different names stay different."""
    plain = _UNSAFE.sub("_", name).lstrip(".")[:NAME_CHARS_MAX]
    if plain == name and plain:
        return plain
    stem, dot, ending = plain.rpartition(".")
    mark = sha256(name.encode()).hexdigest()[:8]
    return f"{stem}-{mark}.{ending}" if dot and stem else f"{plain}-{mark}"


def digest_of(content: bytes | Mapping[str, bytes]) -> str:
    """SHA-256 of a file, or of a pack (names and contents, by name)."""
    if isinstance(content, bytes):
        return sha256(content).hexdigest()
    whole = sha256()
    for name in sorted(content, key=safe_name):
        whole.update(f"{safe_name(name)}\n{len(content[name])}\n".encode())
        whole.update(content[name])
    return whole.hexdigest()


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
