"""What portals do for us: packs that a person deposits, and files whose writing is the act."""

import csv
import io
import re
from pathlib import Path

from adapters.contract import Sheet, SheetLine
from adapters.portal.outbox import DifferentDelivery, Outbox, safe_name
from adapters.portal.profile import PortalProfile, value_of
from billing.errors import ErrorContext, Finding, InvalidInvoice, Refused, RetryLater
from billing.ports import Acceptance, Parcel, Platform, Presence

_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?[\d  ]+(?:[.,]\d+)?")


class ByHandPortal:
    """A portal where a person deposits the pack that we prepare."""

    def __init__(self, platform: Platform, profile: PortalProfile, folder: Path) -> None:
        """Create nothing yet."""
        self.platform = platform
        self._profile = profile
        self._outbox = Outbox(folder)

    def check(self) -> tuple[Finding, ...]:
        """Look whether the outbox can be used."""
        return _check(self.platform, self._outbox.folder)

    def close(self) -> None:
        """Nothing to let go of."""

    def sheet(self, parcel: Parcel) -> Sheet:
        """Write the deposit pack, once, and give the sheet in the portal's order.

        Raises:
            Refused: a field that the portal demands is not known, or another pack has this number.
            RetryLater: the outbox cannot be written.
        """
        lines = tuple(SheetLine(label=field.label, value=value_of(field, parcel)) for field in self._profile.sheet)
        for field, line in zip(self._profile.sheet, lines, strict=True):
            if field.required and not line.value:
                cause = InvalidInvoice("portal_value_missing", field=field.label, number=parcel.number)
                raise Refused(
                    "portal_value_missing", context=_context(self.platform, parcel), field=field.label
                ) from cause
        pack = {"bordereau.csv": self._bordereau(parcel), "fiche.txt": self._text(lines)}
        if parcel.document:
            pack[parcel.document_name] = parcel.document
        _deliver(self._outbox, self.platform, parcel, parcel.number, pack, restore=True)
        folder = self._outbox.folder / safe_name(parcel.number)
        return Sheet(title=self._profile.title, steps=self._profile.steps, lines=lines, folder=folder)

    def _bordereau(self, parcel: Parcel) -> bytes:
        """Write the bordereau: `;`, UTF-8 with BOM, no cell that a spreadsheet would run."""
        text = io.StringIO()
        writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
        writer.writerow([field.label for field in self._profile.bordereau])
        writer.writerow([_harmless(value_of(field, parcel)) for field in self._profile.bordereau])
        return text.getvalue().encode("utf-8-sig")

    def _text(self, lines: tuple[SheetLine, ...]) -> bytes:
        steps = [f"{index}. {step}" for index, step in enumerate(self._profile.steps, start=1)]
        fields = [f"{line.label} : {line.value}" for line in lines]
        return "\n".join([self._profile.title, "", *steps, "", *fields, ""]).encode()


class _Drop:
    """A folder where the file itself is the act."""

    def __init__(self, platform: Platform, folder: Path) -> None:
        self.platform = platform
        self._outbox = Outbox(folder)

    def check(self) -> tuple[Finding, ...]:
        """Look whether the outbox can be used."""
        return _check(self.platform, self._outbox.folder)

    def close(self) -> None:
        """Nothing to let go of."""

    def _drop(self, parcel: Parcel) -> Acceptance:
        if not parcel.document:
            cause = InvalidInvoice("portal_document_missing", number=parcel.number)
            raise Refused("portal_document_missing", context=_context(self.platform, parcel)) from cause
        digest = _deliver(self._outbox, self.platform, parcel, parcel.document_name, parcel.document)
        return Acceptance(reference=safe_name(parcel.document_name), final=True, response_digest=digest)

    def _find(self, parcel: Parcel) -> Presence:
        digest = self._outbox.delivered(parcel.document_name)
        if digest is None:
            return Presence(found=False)
        return Presence(found=True, reference=safe_name(parcel.document_name), response_digest=digest)


class RemunerationDrop(_Drop):
    """Payroll variables, one file each, in the payroll software's entry folder."""

    def submit_remuneration(self, parcel: Parcel) -> Acceptance:
        """Write the file; the same one again changes nothing."""
        return self._drop(parcel)

    def find_remuneration(self, parcel: Parcel) -> Presence:
        """Tell whether the file was delivered."""
        return self._find(parcel)


class AttendanceDrop(_Drop):
    """Learners' monthly attendance statements, one file each, for their payer."""

    def declare_attendance(self, parcel: Parcel) -> Acceptance:
        """Write the file; the same one again changes nothing."""
        return self._drop(parcel)

    def find_attendance(self, parcel: Parcel) -> Presence:
        """Tell whether the file was delivered."""
        return self._find(parcel)


def _deliver(
    outbox: Outbox,
    platform: Platform,
    parcel: Parcel,
    name: str,
    content: bytes | dict[str, bytes],
    *,
    restore: bool = False,
) -> str:
    try:
        return outbox.deliver(name, content, restore=restore)
    except DifferentDelivery as cause:
        raise Refused("portal_delivery_differs", context=_context(platform, parcel), number=parcel.number) from cause
    except OSError as cause:
        reason = cause.strerror or type(cause).__name__
        raise RetryLater("portal_outbox_unwritable", context=_context(platform, parcel), reason=reason) from cause


def _check(platform: Platform, folder: Path) -> tuple[Finding, ...]:
    """Find the nearest folder that exists, and try to write there; what is tried is taken away again."""
    there = next((item for item in (folder, *folder.parents) if item.exists()), folder)
    probe = there / ".quitus-doctor"
    try:
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as cause:
        values = {"platform": platform.code, "reason": cause.strerror or type(cause).__name__}
        return (Finding(code="portal_outbox_unwritable", where="outbox", values=values),)
    return ()


def _context(platform: Platform, parcel: Parcel) -> ErrorContext:
    return ErrorContext(platform=platform.code, subject=parcel.number)


def _harmless(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) and not _NUMBER.fullmatch(cell) else cell
