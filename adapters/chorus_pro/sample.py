"""This platform's part of the sample organisation: the dossiers that its sandbox knows."""

from collections.abc import Iterable, Mapping
from typing import Any


def dossiers(sirets: Iterable[str], own: str, rejected: Iterable[str], suspended: Iterable[str]) -> Mapping[str, Any]:
    """Make the body of the sandbox's `load`.

    Args:
        sirets: public buyers; each demands an engagement number and a service code.
        own: the supplier's SIRET; it has its own structure, as every user of the platform.
        rejected: dossier references of invoices whose flux is turned down after it was taken in.
        suspended: dossier references of invoices that the buyer suspends.
    """
    structures = [
        {
            "siret": siret,
            "numeroEJDoitEtreRenseigne": True,
            "codeServiceDoitEtreRenseigne": True,
            "services": [{"code": "FORMATION", "actif": True}],
        }
        for siret in sirets
    ]
    structures.append({"siret": own})
    outcomes: list[dict[str, Any]] = [
        {"dossier": reference, "outcome": "flux_rejected", "comment": "Le numéro d'engagement est clos"}
        for reference in rejected
    ]
    outcomes += [
        {"dossier": reference, "outcome": "suspended", "comment": "Pièce justificative manquante", "after_days": 0}
        for reference in suspended
    ]
    return {"structures": structures, "suppliers": [own[:9]], "outcomes": outcomes, "flux_seconds": 0.3}
