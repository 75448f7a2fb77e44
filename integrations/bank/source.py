"""A bank file as it lies on the disk: plain, or a ZIP of several (banks deliver days of statements so).

Nothing is ever extracted: members are read as streams, under caps on their number, size and ratio.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

from billing.errors import InvalidInput
from integrations.bank import limits

ZIP_MAGIC = b"PK\x03\x04"
_ENCRYPTED = 0x1
_IGNORED_PARTS = frozenset({"__MACOSX", ".DS_Store"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A bank file.

    Attributes:
        members: names inside the ZIP, in order; one empty name for a plain file.
    """

    path: Path
    sha256: str
    members: tuple[str, ...]

    @property
    def name(self) -> str:
        """The file name, without folders."""
        return self.path.name

    @property
    def is_zip(self) -> bool:
        """Several files in one."""
        return self.members != ("",)

    def content(self) -> bytes:
        """Read the whole file."""
        return self.path.read_bytes()

    def chunks(self, member: str) -> Iterator[bytes]:
        """Read one member (or the plain file) by pieces.

        Raises:
            InvalidInput: the ZIP is damaged.
        """
        if not member:
            with self.path.open("rb") as file:
                while chunk := file.read(limits.CHUNK_BYTES):
                    yield chunk
            return
        try:
            with zipfile.ZipFile(self.path) as container, container.open(member) as file:
                while chunk := file.read(limits.CHUNK_BYTES):
                    yield chunk
        except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError) as cause:
            raise InvalidInput("bank_zip_damaged", file=self.name) from cause

    def head(self, member: str) -> bytes:
        """Read the beginning of a member."""
        head = b""
        for chunk in self.chunks(member):
            head += chunk
            if len(head) >= limits.PROLOG_BYTES:
                break
        return head[: limits.PROLOG_BYTES]


def open_source(path: Path) -> Source:
    """Look at a file without reading its statements.

    Raises:
        InvalidInput: it is not there, empty, too large, or a ZIP that is not to be trusted.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(len(ZIP_MAGIC))
            digest = sha256(head)
            while chunk := file.read(limits.CHUNK_BYTES * 4):
                digest.update(chunk)
    except OSError as cause:
        raise InvalidInput("bank_file_unreachable", file=path.name, reason=type(cause).__name__) from cause
    if size == 0:
        raise InvalidInput("bank_file_empty", file=path.name)
    if size > limits.FILE_BYTES_MAX:
        raise InvalidInput("bank_file_too_large", file=path.name, limit=limits.FILE_BYTES_MAX // 1024 // 1024)
    members = _members(path) if head == ZIP_MAGIC else ("",)
    return Source(path=path, sha256=digest.hexdigest(), members=members)


def _members(path: Path) -> tuple[str, ...]:
    try:
        with zipfile.ZipFile(path) as container:
            found = [item for item in container.infolist() if not item.is_dir() and not _ignored(item.filename)]
    except (zipfile.BadZipFile, OSError, NotImplementedError) as cause:
        raise InvalidInput("bank_zip_damaged", file=path.name) from cause
    if not found:
        raise InvalidInput("bank_file_empty", file=path.name)
    if len(found) > limits.ZIP_MEMBERS_MAX or len({item.filename for item in found}) < len(found):
        raise InvalidInput("bank_zip_too_many_members", file=path.name, limit=limits.ZIP_MEMBERS_MAX)
    if any(item.flag_bits & _ENCRYPTED for item in found):
        raise InvalidInput("bank_zip_encrypted", file=path.name)
    unpacked = sum(item.file_size for item in found)
    bomb = any(item.file_size > max(item.compress_size, 1) * limits.ZIP_RATIO_MAX for item in found)
    if unpacked > limits.ZIP_UNPACKED_MAX or bomb:
        raise InvalidInput("bank_zip_too_large", file=path.name)
    return tuple(sorted(item.filename for item in found))


def _ignored(name: str) -> bool:
    return not _IGNORED_PARTS.isdisjoint(PurePosixPath(name).parts)
