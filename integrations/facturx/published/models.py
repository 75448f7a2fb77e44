"""An invoice as the published schema wants it, and what public markets, consumers and groups add to it."""

from typing import Annotated, Literal

from pydantic import Field

from integrations.facturx.published.parts import (
    ATTACHMENTS_MAX,
    FEW_MAX,
    LEARNERS_MAX,
    LINES_MAX,
    AskedAttachment,
    AskedBuyer,
    AskedDocumentAdjustment,
    AskedLine,
    AskedPayee,
    AskedPayer,
    AskedPayment,
    AskedPeriod,
    AskedReferences,
    AskedSeller,
    Part,
)
from integrations.facturx.published.scalars import Amount, Day, Long, Named, Rate, Short


class AskedEarlier(Part):
    """Facture antérieure que celle-ci crédite ou corrige (BG-3)."""

    number: Annotated[Short, Field(min_length=1, description="Numéro.")]
    issue_on: Annotated[Day, Field(description="Date d’émission.")]


class AskedDeposit(AskedEarlier):
    """Acompte ou avance déjà facturés, que cette facture déduit."""

    amount: Annotated[Amount, Field(description="Part TTC déduite ici, en euros.")]


class AskedPaid(Part):
    """Somme déjà reçue."""

    on: Annotated[Day, Field(description="Jour du paiement.")]
    amount: Annotated[Amount | None, Field(description="Montant reçu, TTC ; absent : la facture est soldée.")] = None


class AskedInstalment(Part):
    """Échéance d’un échelonnement."""

    due_on: Annotated[Day, Field(description="Jour où elle est exigible.")]
    amount: Annotated[Amount, Field(description="Montant TTC en euros.")]
    label: Annotated[Short, Field(description="Libellé imprimé.")] = ""


class AskedPenalty(Part):
    """Pénalité d’exécution compensée avec le prix ; elle ne réduit pas la base de TVA."""

    amount: Annotated[Amount, Field(description="Montant en euros.")]
    reason: Annotated[Named, Field(description="Motif.")]


class AskedHoldback(Part):
    """Retenue de garantie : exigible plus tard, sans effet sur la base de TVA."""

    percent: Annotated[Rate, Field(description="Part du TTC retenue, en pourcent.")]
    release_on: Annotated[Day, Field(description="Jour où elle devient exigible.")]


class AskedOrder(Part):
    """Bon de commande ou marché, pour ne pas facturer au-delà."""

    ceiling: Annotated[Amount, Field(description="Montant maximum HT.")]
    billed_before: Annotated[Amount, Field(description="Montant HT déjà facturé sur lui.")]


class AskedMarket(Part):
    """Ce qu’un marché public ajoute."""

    order: Annotated[AskedOrder | None, Field(description="Plafond et cumul du bon de commande.")] = None
    advances: Annotated[
        list[AskedDeposit],
        Field(default_factory=list, max_length=FEW_MAX, description="Avances récupérées sur cette facture."),
    ]
    penalties: Annotated[
        list[AskedPenalty],
        Field(default_factory=list, max_length=FEW_MAX, description="Pénalités compensées avec le prix."),
    ]
    holdback: Annotated[AskedHoldback | None, Field(description="Retenue de garantie.")] = None


class AskedConsumerContract(Part):
    """Contrat de formation d’un particulier (C. trav. L.6353-3 à 7)."""

    signed_on: Annotated[Day, Field(description="Jour de signature.")]
    at_distance: Annotated[
        bool, Field(description="Conclu à distance ou hors établissement : quatorze jours au lieu de dix.")
    ]
    price: Annotated[Amount, Field(description="Prix convenu TTC.")]
    starts_on: Annotated[Day, Field(description="Début de la formation.")]
    ends_on: Annotated[Day, Field(description="Fin de la formation.")]
    asked_before: Annotated[
        Amount, Field(description="Sommes TTC déjà demandées par d’autres factures ; « 0 » s’il n’y en a pas.")
    ]  # fmt: skip


class AskedShare(Part):
    """Part d’un payeur dans un tout partagé."""

    name: Annotated[Named, Field(description="Qui paie cette part.")]
    amount: Annotated[Amount, Field(description="Montant HT de la part, en euros.")]


class AskedSplit(Part):
    """Prix partagé entre plusieurs factures : deux payeurs, ou convention inter-entreprises."""

    reference: Annotated[Short, Field(min_length=1, description="Convention ou dossier partagé.")]
    whole: Annotated[Amount, Field(description="Montant HT du tout.")]
    parts: Annotated[
        list[AskedShare], Field(min_length=2, max_length=FEW_MAX, description="Toutes les parts, dans l’ordre.")
    ]
    part: Annotated[int, Field(ge=1, description="Rang, à partir de 1, de la part demandée ou créditée ici.")]


Requirement = Literal["engagement", "service_code", "contract", "dossier", "project", "training", "learners", "period",
                      "certificate", "buyer_siret", "order_line"]  # fmt: skip


class AskedWishes(Part):
    """Souhaits propres à un financeur : des données, qui s’ajoutent à celles livrées pour sa catégorie."""

    requires: Annotated[list[Requirement], Field(default_factory=list, description="Ce que la facture doit porter.")]
    number_length_max: Annotated[int | None, Field(ge=1, le=35, description="Longueur maximale du numéro.")] = None


Type = Literal[
    "invoice", "credit_note", "corrective", "deposit", "deposit_credit", "self_billed", "self_billed_credit",
    "factored", "factored_credit",
]  # fmt: skip
Frame = Literal["automatic", "services", "mixed", "direct_payment", "subcontractor", "cocontractor"]
TreatmentWord = Literal["automatic", "B2B", "B2BINT", "B2C", "B2CINT", "OUTOFSCOPE", "ARCHIVEONLY"]


class AskedInvoice(Part):
    """Facture, avoir, acompte ou autofacture, en euros."""

    number: Annotated[
        Short, Field(description="Numéro de votre série (BT-1) : 35 caractères au plus, 20 pour le public.")
    ]
    type: Annotated[
        Type,
        Field(description="380 facture, 381 avoir, 384 rectificative, 386 acompte, 503 avoir sur acompte, 389 "
                          "autofacture et 261 son avoir, 393 facture cédée et 396 son avoir."),
    ]  # fmt: skip
    issue_on: Annotated[Day, Field(description="Date d’émission (BT-2).")]
    due_on: Annotated[Day | None, Field(description="Échéance (BT-9). Avec un échéancier, elle en est déduite.")] = None
    profile: Annotated[
        Literal["automatic", "en16931", "extended"],
        Field(description="Profil Factur-X ; `automatic` prend EXTENDED quand un tiers payeur est nommé."),
    ] = "automatic"
    frame: Annotated[
        Frame,
        Field(description="Cadre de facturation (BT-23) ; `automatic` : services, soldé (S2) ou final après acompte "
                          "(S4) selon le contenu ; `direct_payment` S3 ; `subcontractor` S5 ; `cocontractor` S6."),
    ] = "automatic"  # fmt: skip
    treatment: Annotated[TreatmentWord, Field(description="Traitement dans la réforme (note BAR).")] = "automatic"
    period: Annotated[AskedPeriod | None, Field(description="Période de prestation (BG-14).")] = None
    delivered_on: Annotated[Day | None, Field(description="Date de réalisation (BT-72).")] = None
    seller: Annotated[AskedSeller, Field(description="Vendeur.")]
    buyer: Annotated[AskedBuyer, Field(description="Acheteur.")]
    payer: Annotated[AskedPayer | None, Field(description="Tiers payeur (OPCO d’un employeur facturé).")] = None
    payee: Annotated[AskedPayee | None, Field(description="Qui reçoit l’argent, si ce n’est pas le vendeur.")] = None
    employer: Annotated[Named | None, Field(description="Entreprise bénéficiaire quand un financeur est facturé.")] = (
        None
    )
    references: Annotated[AskedReferences, Field(description="Références du payeur.")] = AskedReferences()
    learners: Annotated[
        list[Named], Field(default_factory=list, max_length=LEARNERS_MAX, description="Stagiaires, tels qu’imprimés.")
    ]
    lines: Annotated[list[AskedLine], Field(min_length=1, max_length=LINES_MAX, description="Lignes.")]
    adjustments: Annotated[
        list[AskedDocumentAdjustment],
        Field(default_factory=list, max_length=FEW_MAX, description="Remises et frais de toute la facture."),
    ]
    vat_due: Annotated[
        Literal["automatic", "on_receipt", "on_debits"],
        Field(description="Exigibilité de la TVA (BT-8) : à l’encaissement (72) ou d’après les débits (5) ; "
                          "`automatic` : non dite."),
    ] = "automatic"  # fmt: skip
    deposits: Annotated[
        list[AskedDeposit],
        Field(
            default_factory=list,
            max_length=FEW_MAX,
            description="Acomptes facturés que cette facture solde (BT-113, BG-3).",
        ),
    ]
    origins: Annotated[
        list[AskedEarlier],
        Field(default_factory=list, max_length=FEW_MAX, description="Factures créditées ou corrigées (BG-3)."),
    ]
    reason: Annotated[Long, Field(description="Motif d’un avoir ou d’une rectification, imprimé.")] = ""
    paid: Annotated[AskedPaid | None, Field(description="Somme déjà reçue.")] = None
    instalments: Annotated[
        list[AskedInstalment],
        Field(default_factory=list, max_length=FEW_MAX, description="Échéancier ; il fait le net à payer."),
    ]
    market: Annotated[AskedMarket | None, Field(description="Marché public.")] = None
    consumer_contract: Annotated[AskedConsumerContract | None, Field(description="Exigé d’un acheteur `person`.")] = (
        None
    )
    split: Annotated[AskedSplit | None, Field(description="Prix partagé entre plusieurs factures.")] = None
    payment: Annotated[AskedPayment, Field(description="Compte, référence et conditions de paiement.")] = AskedPayment()
    late_penalty_rate: Annotated[
        Long, Field(description="Taux des pénalités de retard, nombre ou mots ; par défaut le taux légal.")
    ] = ""
    discount_terms: Annotated[Long, Field(description="Conditions d’escompte ; par défaut, pas d’escompte.")] = ""
    attachments: Annotated[
        list[AskedAttachment], Field(default_factory=list, max_length=ATTACHMENTS_MAX, description="Pièces jointes.")
    ]
    wishes: Annotated[AskedWishes, Field(default_factory=AskedWishes, description="Souhaits du financeur.")]
