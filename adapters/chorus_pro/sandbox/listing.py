"""What the platform shows of its memory, in its own words and formats.

Dates as documented: `YYYY-MM-DD HH:MM` in the history, RFC 3339 in the report and in `dateHeureEtatCourant`.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from adapters.chorus_pro.sandbox.life import PARIS, Flux, Invoice

Body = dict[str, Any]
SUCCESS = "GCU_MSG_01_000"
PAGE_SIZE = 10
PAGE_SIZE_MAX = 500


def report(flux: Flux, now: datetime, seconds: float) -> Body:
    """Answer consulterCRDetaille."""
    state = flux.state(now, seconds)
    failed = state == flux.final and state != "IN_INTEGRE"
    technical = {"codeErreur": flux.error_code or "CPP", "libelleErreur": flux.error, "natureErreur": "BLOQUANTE"}
    invoice = {
        "identifiantFournisseur": "",
        "identifiantDestinataire": "",
        "numeroDP": flux.number,
        "libelleErreurDP": flux.error,
    }
    return {
        "codeRetour": 0,
        "libelle": "TRA_MSG_00.000",
        "nomFichier": flux.file_name,
        "codeInterfaceDepotFlux": "FSO1113A",
        "dateDepotFlux": _rfc3339(flux.at),
        "etatCourantDepotFlux": state,
        "dateHeureEtatCourantFlux": _rfc3339(now if failed else flux.at),
        "listeErreurTechnique": [technical] if failed and not flux.number else [],
        "listeErreurDP": [invoice] if failed and flux.number else [],
    }


def search(invoices: Iterable[Invoice], body: Body, now: datetime) -> Body:
    """Answer rechercher/fournisseur: integrated invoices only, filtered, sorted, one page."""
    found = []
    for invoice in invoices:
        passages = invoice.passages(now)
        if passages and _wanted(invoice, passages[-1], body):
            found.append((invoice, passages[-1]))
    asked = body.get("rechercheFactureParFournisseur") or {}
    descending = str(asked.get("triSens", "Ascendant")).startswith("Desc")
    found.sort(key=lambda pair: (pair[1][0], pair[0].id), reverse=descending)
    size = min(max(_whole(asked.get("nbResultatsParPage"), PAGE_SIZE), 1), PAGE_SIZE_MAX)
    page = max(_whole(asked.get("pageResultatDemandee"), 1), 1)
    rows = [_row(invoice, passage) for invoice, passage in found[(page - 1) * size : page * size]]
    shown = {
        "nbResultatsParPage": size,
        "pageCourante": page,
        "pages": max(-(-len(found) // size), 1),
        "total": len(found),
    }
    return {"codeRetour": 0, "libelle": SUCCESS, "listeFactures": rows, "parametresRetour": shown}


def history(invoices: Iterable[Invoice], body: Body, now: datetime) -> Body:
    """Answer consulter/historique."""
    invoice = next((item for item in invoices if item.id == body.get("idFacture")), None)
    passages = invoice.passages(now) if invoice else []
    if invoice is None or not passages:
        return {"codeRetour": 1, "libelle": "GCU_MSG_01_001"}
    statuses = [
        {
            "histoStatutId": index + 1,
            "histoStatutCode": status,
            "histoStatutDatePassage": _minutes(at),
            "histoStatutCommentaire": comment,
            "histoStatutUtilisateurNom": "AGENT",
            "histoStatutUtilisateurEmail": "agent@acheteur.example",
        }
        for index, (at, status, comment) in enumerate(passages)
    ]
    return {
        "codeRetour": 0,
        "libelle": SUCCESS,
        "idFacture": invoice.id,
        "numeroFacture": invoice.seen.number,
        "modeDepot": "DEPOT_EDI",
        "statutCourantCode": passages[-1][1],
        "historiquesDesStatuts": {
            "histoStatut": list(reversed(statuses)),
            "nbResultatsParPageHistoStatut": 100,
            "pageCouranteHistoStatut": 1,
            "pagesHistoStatut": 1,
            "totalHistoStatut": len(statuses),
        },
    }


def structures(known: Mapping[str, Mapping[str, Any]], body: Body) -> Body:
    """Answer structures/rechercher."""
    siret = str((body.get("structure") or {}).get("identifiantStructure", ""))
    found = [known[siret]] if siret in known else []
    rows = [
        {
            "idStructureCPP": item["id"],
            "identifiantStructure": siret,
            "typeIdentifiantStructure": "SIRET",
            "designationStructure": item.get("designation", ""),
            "statut": "ACTIF" if item.get("active", True) else "INACTIF",
        }
        for item in found
    ]
    return {"codeRetour": 0, "libelle": SUCCESS, "listeStructures": rows}


def structure(known: Mapping[str, Mapping[str, Any]], body: Body) -> Body:
    """Answer structures/consulter."""
    found = next((item for item in known.values() if item["id"] == body.get("idStructureCPP")), None)
    if found is None:
        return {"codeRetour": 1, "libelle": "GCU_MSG_01_001"}
    flags = (
        "codeServiceDoitEtreRenseigne",
        "numeroEJDoitEtreRenseigne",
        "gestionNumeroEJOuCodeService",
        "statutMiseEnPaiementNestPasRemonte",
    )
    general = {"dateExpirationMotPasseCompteTech": found.get("dateExpirationMotPasseCompteTech")}
    return {
        "codeRetour": 0,
        "libelle": SUCCESS,
        "parametres": {flag: bool(found.get(flag)) for flag in flags},
        "informationGenerales": general,
    }


def services(known: Mapping[str, Mapping[str, Any]], body: Body) -> Body:
    """Answer structures/rechercher/services."""
    found = next((item for item in known.values() if item["id"] == body.get("idStructure")), {})
    rows = [
        {
            "idService": index + 1,
            "codeService": item["code"],
            "libelleService": item.get("libelle", item["code"]),
            "estActif": item.get("actif", True),
        }
        for index, item in enumerate(found.get("services", ()))
    ]
    return {"codeRetour": 0, "libelle": SUCCESS, "listeServices": rows}


def _wanted(invoice: Invoice, passage: tuple[datetime, str, str], body: Body) -> bool:
    at, status, _comment = passage
    since, until = (
        _instant(body.get("periodeDateHeureEtatCourantDu")),
        _instant(body.get("periodeDateHeureEtatCourantAu")),
    )
    statuses = body.get("statutCourant") or ()
    return (
        body.get("numeroFacture") in {None, "", invoice.seen.number}
        and body.get("numeroFluxDepot") in {None, "", invoice.flux}
        and body.get("numeroBonCommande") in {None, "", invoice.seen.engagement}
        and body.get("numeroMarche") in {None, "", invoice.seen.contract}
        and (not statuses or status in statuses)
        and (since is None or at >= since)
        and (until is None or at <= until)
    )


def _row(invoice: Invoice, passage: tuple[datetime, str, str]) -> Body:
    at, status, comment = passage
    seen = invoice.seen
    return {
        "identifiantFactureCPP": invoice.id,
        "numeroFacture": seen.number,
        "statut": status,
        "commentaireEtatCourant": comment or None,
        "dateHeureEtatCourant": _rfc3339(at),
        "dateDepot": invoice.integrated_at.astimezone(PARIS).date().isoformat(),
        "dateFacture": f"{seen.issued[:4]}-{seen.issued[4:6]}-{seen.issued[6:8]}",
        "numeroFluxDepot": invoice.flux,
        "numeroBonCommande": seen.engagement,
        "numeroMarche": seen.contract,
        "codeDestinataire": seen.buyer_siret,
        "codeServiceExecutant": seen.service,
        "codeFournisseur": seen.seller_siren,
        "montantHT": seen.net_cents / 100,
        "montantTTC": seen.amount_cents / 100,
        "montantAPayer": seen.amount_cents / 100,
        "devise": "EUR",
        "typeFacture": "AVOIR" if seen.type_code == "381" else "FACTURE",
        "typeDemandePaiement": "FACTURE",
        "modeDepot": "DEPOT_EDI",
        "rejetTraite": False,
    }


def _rfc3339(at: datetime) -> str:
    return at.astimezone(PARIS).isoformat(timespec="milliseconds")


def _minutes(at: datetime) -> str:
    return at.astimezone(PARIS).strftime("%Y-%m-%d %H:%M")


def _instant(text: object) -> datetime | None:
    if not isinstance(text, str) or not text:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=PARIS)


def _whole(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) else otherwise
