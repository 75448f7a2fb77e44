"""What came in through files: the file itself, and the rows that could not be used."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFile:
    """A file that was read, by the SHA-256 of its bytes and the profile that read it.

    `read = new + changed + unchanged + quarantined`. `stream` names what it continues (profile and
    site), so that a corrected file replaces the quarantine of the one before.
    """

    id: str
    name: str
    sha256: str
    profile: str
    stream: str
    read: int
    new: int
    changed: int
    unchanged: int
    quarantined: int
    gone: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedRow:
    """A row that could not be used: where it is, what is wrong, what to do. Nothing of it is lost.

    Attributes:
        row_key: the natural key of the row when it could be read, else `file:line`: a later row with
            the same key clears the quarantine.
        raw: the row as it came (sealed: it may hold personal data).
        values: what the French sentence needs, JSON.
        cleared: nobody needs to look at it any more: mended by a later row, or dismissed.
        dismissed: somebody (`dismissed_by`, `dismissed_reason`) decided that it will not be mended.
    """

    id: str
    file_id: str
    file_name: str
    stream: str
    row_key: str
    line: int
    column: str
    code: str
    values: str
    raw: str
    recorded_at: datetime
    cleared: bool = False
    dismissed: bool = False
    dismissed_by: str = ""
    dismissed_reason: str = ""
