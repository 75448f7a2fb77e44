"""EDOF, the CPF platform of the Caisse des Dépôts: no interface for training organisations, so a person keys in.

Dossiers come in by its CSV export (`export.toml`, `mapping.py`); billing data go out as a fill-in sheet. Source:
the platform's own billing guide and news of 2021, terms of use read 2026-11-23.
"""

from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files

from adapters.contract import Adapter, Sheet, SheetLine, Tools, adjusted, read_texts
from adapters.edof import mapping
from billing.agreement import PlatformRecord
from billing.errors import Finding
from billing.ports import Credentials, Grade, Parcel, Platform, PlatformRole, StatusSighting
from billing.submission import Absence, SubmissionContract

CODE = "edof"


def platforms() -> tuple[Platform, ...]:
    """List the one platform served."""
    return (
        Platform(
            code=CODE,
            display_name="EDOF – Mon Compte Formation",
            operator="Caisse des Dépôts",
            role=PlatformRole.FUNDER,
            capabilities=frozenset(),
            contract=SubmissionContract(absence=Absence.PROVES_NOTHING),
            grade=Grade.BRONZE,
            source="Guide « Facturation et règlements » et actualités EDOF (2021-2022), lus le 23/11/2026",
            by_hand=True,
            answers=False,
        ),
    )


def connect(platform: str, credentials: Credentials, tools: Tools) -> "Edof":  # noqa: ARG001 - the registry's signature
    """Open it: there is nothing to connect to, only a sheet to prepare."""
    return Edof(adjusted(platforms()[0], credentials), read_texts("adapters.edof")["sheet"])


class Edof:
    """Prepares what a person keys in."""

    def __init__(self, platform: Platform, words: Mapping[str, str]) -> None:
        """Keep the French words of the sheet."""
        self.platform = platform
        self._words = words

    def check(self) -> tuple[Finding, ...]:
        """Nothing can be wrong: nothing is asked of anybody."""
        return ()

    def close(self) -> None:
        """Nothing to let go of."""

    def claim_sightings(
        self, records: Iterable[PlatformRecord], numbers: Mapping[str, str]
    ) -> Iterator[StatusSighting]:
        """Tell which dossiers the last export shows as billed."""
        return mapping.claim_sightings(records, numbers)

    def sheet(self, parcel: Parcel) -> Sheet:
        """List the billing data in the screen's order: the rest of the screen is filled in and locked by EDOF.

        Net amount and VAT are keyed, never the gross one; the number is ours (documented: guide 2021).
        """
        values = {
            "dossier": parcel.facts.get("dossier", ""),
            "net": _euros(parcel.net.cents),
            "vat": _euros(parcel.vat.cents),
            "number": parcel.number,
        }
        lines = tuple(SheetLine(label=self._words[name], value=value) for name, value in values.items())
        steps = tuple(self._words[f"step_{index}"] for index in range(1, 5))
        return Sheet(title=self._words["title"], steps=steps, lines=lines)


def _euros(cents: int) -> str:
    """Write an amount as the screen takes it: decimal comma, no blank, no sign of currency."""
    whole, fraction = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole},{fraction:02d}"


ADAPTER = Adapter(
    name="edof",
    platforms=platforms,
    connect=connect,
    texts=lambda: read_texts("adapters.edof"),
    exports=lambda: (files("adapters.edof").joinpath("export.toml"),),
)
