"""Chorus Pro's payloads, their field names verbatim.

Source: interfaces of the cpro services as typed by four public clients, read 2026-11-23 (seen in code); corrections of
the letter-by-letter reading prevail. Instants come as RFC 3339 or `YYYY-MM-DD HH:MM`: kept as text here, read
by `mapping`. Extra fields are ignored, and `strange_fields` names them so that they are reported once.
"""
# ruff: noqa: N815 - their field names verbatim

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict


def _text(value: Any) -> Any:  # noqa: ANN401 - what JSON gave
    return "" if value is None else value


def _number(value: Any) -> Any:  # noqa: ANN401 - what JSON gave
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


Text = Annotated[str, BeforeValidator(_text)]
Number = Annotated[Decimal, BeforeValidator(_number)]
"""A JSON number; euros, two decimals for totals."""


class Wire(BaseModel):
    """One of their objects."""

    model_config = ConfigDict(strict=True, extra="allow", frozen=True)


class Envelope(Wire):
    """What every answer begins with; success is `codeRetour == 0` and nothing else (corrections)."""

    codeRetour: int
    libelle: Text = ""


class DeposerFlux(Wire):
    """Request of factures/v1/deposer/flux."""

    fichierFlux: str
    nomFichier: str
    syntaxeFlux: str
    avecSignature: bool = False


class DeposerFluxRetour(Envelope):
    """Its answer; the flux is only received, and may be rejected later."""

    numeroFluxDepot: Text = ""
    dateDepot: Text = ""
    syntaxeFlux: Text = ""


class ConsulterCRDetaille(Wire):
    """Request of transverses/v1/consulterCRDetaille."""

    numeroFluxDepot: str


class ErreurTechnique(Wire):
    """One technical error of a flux."""

    codeErreur: Text = ""
    libelleErreur: Text = ""
    natureErreur: Text = ""


class ErreurDP(Wire):
    """One rejected invoice of a flux; `numeroDP` is the invoice's number."""

    identifiantFournisseur: Text = ""
    identifiantDestinataire: Text = ""
    numeroDP: Text = ""
    libelleErreurDP: Text = ""


class CRDetailleRetour(Envelope):
    """State of a flux; the field is `etatCourantDepotFlux` here and `etatCourantFlux` in consulterCR."""

    nomFichier: Text = ""
    codeInterfaceDepotFlux: Text = ""
    dateDepotFlux: Text = ""
    etatCourantDepotFlux: Text = ""
    dateHeureEtatCourantFlux: Text = ""
    listeErreurTechnique: list[ErreurTechnique] | None = None
    listeErreurDP: list[ErreurDP] | None = None


class PageDemandee(Wire):
    """Which page of a search is asked for; pages count from 1."""

    nbResultatsParPage: int
    pageResultatDemandee: int
    triColonne: str = "DateHeureEtatCourant"
    triSens: str = "Ascendant"


class RechercherFacture(Wire):
    """Request of factures/v1/rechercher/fournisseur; every criterion is optional."""

    numeroFacture: str | None = None
    numeroFluxDepot: str | None = None
    periodeDateHeureEtatCourantDu: str | None = None
    rechercheFactureParFournisseur: PageDemandee


class Facture(Wire):
    """One invoice of a search. Amounts in euros."""

    identifiantFactureCPP: int | None = None
    numeroFacture: str
    statut: str
    commentaireEtatCourant: Text = ""
    dateHeureEtatCourant: Text = ""
    dateDepot: Text = ""
    dateFacture: Text = ""
    numeroFluxDepot: Text = ""
    numeroBonCommande: Text = ""
    numeroMarche: Text = ""
    codeDestinataire: Text = ""
    designationDestinataire: Text = ""
    codeServiceExecutant: Text = ""
    nomServiceExecutant: Text = ""
    codeFournisseur: Text = ""
    montantHT: Number | None = None
    montantTTC: Number | None = None
    montantAPayer: Number | None = None
    devise: Text = ""
    typeFacture: Text = ""
    typeDemandePaiement: Text = ""
    modeDepot: Text = ""
    rejetTraite: bool | None = None


class PageRendue(Wire):
    """Where a search stands."""

    nbResultatsParPage: int | None = None
    pageCourante: int | None = None
    pages: int
    total: int


class RechercherFactureRetour(Envelope):
    """A page of invoices."""

    listeFactures: list[Facture] | None = None
    parametresRetour: PageRendue


class PageHistorique(Wire):
    """Which page of the status history is asked for."""

    nbResultatsParPageListeHistoStatut: int = 100
    pageResultatDemandeeListeHistoStatut: int = 1
    triColonneListeHistoStatut: str = "histoStatutDatePassage"
    triSensListeHistoStatut: str = "Descendant"


class ConsulterHistorique(Wire):
    """Request of factures/v1/consulter/historique."""

    idFacture: int
    paramRechercheHistoStatuts: PageHistorique = PageHistorique()


class HistoStatut(Wire):
    """One status of the history. The agents' names, e-mails and phones that come with it are never read."""

    histoStatutCode: Text = ""
    histoStatutDatePassage: Text = ""
    histoStatutCommentaire: Text = ""


class HistoriquesDesStatuts(Wire):
    """The statuses of an invoice."""

    histoStatut: list[HistoStatut] | None = None


class ConsulterHistoriqueRetour(Envelope):
    """The history of an invoice."""

    idFacture: int | None = None
    numeroFacture: Text = ""
    statutCourantCode: Text = ""
    historiquesDesStatuts: HistoriquesDesStatuts | None = None


class StructureCherchee(Wire):
    """Criteria of a search of structures."""

    identifiantStructure: str
    typeIdentifiantStructure: str = "SIRET"


class RechercherStructure(Wire):
    """Request of structures/v1/rechercher."""

    structure: StructureCherchee
    restreindreStructuresPrivees: bool = False


class Structure(Wire):
    """One structure of a search."""

    idStructureCPP: int
    identifiantStructure: Text = ""
    statut: Text = ""


class RechercherStructureRetour(Envelope):
    """The structures found."""

    listeStructures: list[Structure] | None = None


class ConsulterStructure(Wire):
    """Request of structures/v1/consulter (three clients of four send `idStructureCPP`)."""

    idStructureCPP: int
    codeLangue: str = "fr"


class InformationGenerales(Wire):
    """General information; the date is RFC 3339 (corrections)."""

    dateExpirationMotPasseCompteTech: Text = ""


class ConsulterStructureRetour(Envelope):
    """A structure."""

    informationGenerales: InformationGenerales | None = None


def strange_fields(model: BaseModel) -> Iterator[str]:
    """Name the fields that came and that we do not know, as `Model.field`."""
    for name in model.__pydantic_extra__ or {}:
        yield f"{type(model).__name__}.{name}"
    for name in type(model).model_fields:
        value = getattr(model, name)
        for item in value if isinstance(value, list) else (value,):
            if isinstance(item, BaseModel):
                yield from strange_fields(item)
