"""The adapters' parts of the sample organisation, gathered: which platform carries what, and what each knows.

Beside `registry.py` and `testing.py`, the only module of this room that knows several adapters.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from adapters import chorus_pro, edof
from adapters.chorus_pro import sample as public_sample
from adapters.edof import sample as cpf_sample

WAYS: Mapping[str, str] = {
    "public": chorus_pro.CODE,
    "cpf": edof.CODE,
    "portal": "portal-opco",
    "mail": "portal-courrier",
    "payroll": "portal-paie",
    "learners": "portal-rsfp",
}
"""The platform of each way in which the sample's organisation carries things."""


def sandbox_dossiers(
    sirets: Iterable[str], own: str, *, rejected: Iterable[str], suspended: Iterable[str]
) -> dict[str, Any]:
    """Make the body of the sandboxes' `load`: public buyers by SIRET, then the organisation's own."""
    return {chorus_pro.CODE: dict(public_sample.dossiers(sirets, own, rejected, suspended))}


def write_export(folder: Path, siret: str, day: date, dossiers: Iterable[Mapping[str, object]]) -> Path:
    """Write the CPF platform's export of one day."""
    path = folder / cpf_sample.file_name(siret, day)
    path.write_bytes(cpf_sample.write_export(dossiers))
    return path
