"""The parts of an invoice as the published schema wants them: parties, references, lines, attachments.

Keys in English, descriptions in French for who integrates. Unknown keys are refused: a mistyped key would
otherwise be an amount or a reference that is silently missing.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from integrations.facturx.published.scalars import Amount, Content, Day, Long, Named, Number, Rate, Short

LINES_MAX = 2_000
LEARNERS_MAX = 5_000
ATTACHMENTS_MAX = 50
FEW_MAX = 100


class Part(BaseModel):
    """What every object of the schema is: strict, closed, immutable."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


class AskedAddress(Part):
    """Adresse postale."""

    line: Annotated[Long, Field(description="Numéro et voie.")] = ""
    postcode: Annotated[Short, Field(description="Code postal, obligatoire en pratique.")] = ""
    city: Annotated[Short, Field(description="Ville, obligatoire en pratique.")] = ""
    country: Annotated[str, Field(pattern="^[A-Z]{2}$", description="Pays, code ISO 3166 à deux lettres.")] = "FR"


class AskedEndpoint(Part):
    """Adresse électronique de facturation."""

    value: Annotated[str, Field(min_length=1, max_length=125, description="Adresse, le plus souvent le SIREN.")]
    scheme: Annotated[
        Literal["0225", "EM"], Field(description="`0225` : annuaire français ; `EM` : adresse de courriel.")
    ] = "0225"


class AskedDeclaration(Part):
    """Déclaration d’activité d’un organisme de formation (C. trav. L.6352-12)."""

    number: Annotated[Short, Field(min_length=1, description="Numéro de déclaration d’activité.")]
    region: Annotated[Short, Field(description="Région dont le préfet l’a enregistrée.")] = ""


class AskedParty(Part):
    """Vendeur, acheteur, payeur ou bénéficiaire du paiement."""

    name: Annotated[Named, Field(description="Raison sociale, ou prénom et nom.")]
    siren: Annotated[Short, Field(description="SIREN, neuf chiffres. Déduit du SIRET s’il manque.")] = ""
    siret: Annotated[Short, Field(description="SIRET de l’établissement, quatorze chiffres.")] = ""
    vat_number: Annotated[Short, Field(description="Numéro de TVA intracommunautaire (BT-31, BT-48).")] = ""
    address: Annotated[AskedAddress, Field(description="Adresse ; code postal et ville sont attendus.")] = (
        AskedAddress()
    )
    electronic_address: Annotated[
        AskedEndpoint | None, Field(description="Adresse électronique de facturation ; par défaut le SIREN (0225).")
    ] = None
    contact: Annotated[Short, Field(description="Personne ou service à l’attention de qui écrire.")] = ""
    email: Annotated[Short, Field(description="Courriel.")] = ""
    phone: Annotated[Short, Field(description="Téléphone.")] = ""


class AskedSeller(AskedParty):
    """Vendeur : l’organisme de formation, ou le formateur en autofacturation."""

    tax_number: Annotated[
        Short,
        Field(description="Identifiant fiscal quand il n’y a pas de numéro de TVA (BT-32) ; par défaut le SIREN."),
    ] = ""
    legal_mentions: Annotated[Long, Field(description="Forme, capital, RCS, assurance… imprimés en pied de page.")] = ""
    declaration: Annotated[
        AskedDeclaration | None, Field(description="Obligatoire dès qu’une formation est vendue.")
    ] = None


BuyerKind = Literal[
    "employer", "opco", "faf", "cdc", "france_travail", "region", "agefiph", "transitions_pro", "state", "public_body",
    "person", "other_of",
]  # fmt: skip


class AskedBuyer(AskedParty):
    """Acheteur : à qui la facture est adressée."""

    kind: Annotated[
        BuyerKind,
        Field(description="Ce qu’est l’acheteur pour la loi ; décide des mentions et des limites qui s’appliquent."),
    ]


class AskedPayer(AskedParty):
    """Tiers qui paie à la place de l’acheteur (subrogation), dit aux machines dans le profil EXTENDED."""

    share: Annotated[
        Amount | None, Field(description="Part prise en charge, TTC, quand elle n’est pas le tout ; euros.")
    ] = None


class AskedPayee(AskedParty):
    """Qui reçoit l’argent quand ce n’est pas le vendeur (affactureur, cessionnaire)."""

    clause: Annotated[
        Literal["subrogation", "assignment", "mandate"],
        Field(
            description="`subrogation` : affacturage ; `assignment` : cession de créance ; `mandate` : encaissement."
        ),
    ]


class AskedPeriod(Part):
    """Jours de prestation, tous deux compris."""

    starts_on: Annotated[Day, Field(description="Premier jour.")]
    ends_on: Annotated[Day, Field(description="Dernier jour.")]


class AskedVat(Part):
    """TVA d’une ligne, d’une remise ou de frais."""

    treatment: Annotated[
        Literal["exempt_training", "franchise", "taxed", "out_of_scope"],
        Field(
            description="`exempt_training` : art. 261, 4, 4° a du CGI (attestation 3511) ; `franchise` : art. 293 B ; "
            "`taxed` : au taux donné ; `out_of_scope` : hors du champ de la TVA."
        ),
    ]
    rate: Annotated[Rate | None, Field(description="Taux en pourcent, pour `taxed` seulement.")] = None
    confirmed_by: Annotated[
        Short,
        Field(description="Qui, au comptable ou au conseil fiscal, a confirmé ce traitement. Exigé pour un dédit."),
    ] = ""


class AskedAdjustment(Part):
    """Remise ou frais, hors taxe."""

    kind: Annotated[
        Literal["discount", "refaction", "price_reduction", "charge", "price_revision"],
        Field(
            description="`discount`, `refaction`, `price_reduction` (révision à la baisse) se retranchent ; "
            "`charge` et `price_revision` (révision à la hausse) s’ajoutent."
        ),
    ]
    amount: Annotated[Amount, Field(description="Montant HT, positif, en euros.")]
    reason: Annotated[Named, Field(description="Motif, imprimé et transmis.")]


class AskedDocumentAdjustment(AskedAdjustment):
    """Remise ou frais de toute la facture (BG-20, BG-21)."""

    vat: Annotated[AskedVat, Field(description="TVA de ce montant.")]


class AskedAttribute(Part):
    """Attribut d’une ligne (BG-32)."""

    name: Annotated[Short, Field(min_length=1, description="Nom.")]
    value: Annotated[Short, Field(min_length=1, description="Valeur.")]


class AskedSituation(Part):
    """Situation de travaux ou de service : ce qui est fait depuis le début, moins ce qui est déjà facturé."""

    number: Annotated[int, Field(ge=1, le=999, description="Numéro de la situation.")]
    done: Annotated[Amount, Field(description="Cumul HT réalisé depuis le début du marché.")]
    billed_before: Annotated[Amount, Field(description="Cumul HT des situations précédentes.")]


class AskedLine(Part):
    """Ligne de facture (BG-25)."""

    label: Annotated[Named, Field(description="Désignation : intitulé de l’action, session.")]
    kind: Annotated[
        Literal["training", "annex", "goods", "indemnity", "dedit", "other"],
        Field(
            description="`training` formation, `annex` frais annexes, `goods` biens, `indemnity` indemnité et `dedit` "
            "dédit (jamais sur la facture d’une formation), `other` autre prestation."
        ),
    ] = "training"
    quantity: Annotated[Number, Field(description="Quantité, quatre décimales au plus.")]
    unit: Annotated[
        Literal["hour", "day", "half_day", "flat", "piece", "month"],
        Field(description="Heure, jour, demi-journée (comptée à la pièce), forfait, pièce, mois."),
    ]
    unit_price: Annotated[Number, Field(description="Prix unitaire HT en euros, quatre décimales au plus.")]
    vat: Annotated[AskedVat | None, Field(description="TVA de la ligne ; rien n’est supposé quand elle manque.")] = None
    amount: Annotated[
        Amount | None,
        Field(description="Montant HT attendu de la ligne, remises déduites : refusé s’il n’est pas celui du calcul."),
    ] = None
    description: Annotated[Long, Field(description="Précisions imprimées sous la désignation.")] = ""
    learners: Annotated[
        list[Named],
        Field(
            default_factory=list, max_length=LEARNERS_MAX, description="Stagiaires de cette ligne, tels qu’imprimés."
        ),
    ]
    dossier: Annotated[Short, Field(description="Numéro de dossier du financeur pour cette ligne (BT-128).")] = ""
    employer: Annotated[Named | None, Field(description="Entreprise bénéficiaire de cette ligne (BG-32).")] = None
    order_line: Annotated[Short, Field(description="Ligne du bon de commande (BT-132).")] = ""
    situation: Annotated[
        AskedSituation | None,
        Field(description="Pour un marché facturé par situations : quantité 1, prix = différence."),
    ] = None
    period: Annotated[AskedPeriod | None, Field(description="Période, si elle n’est pas celle de la facture.")] = None
    adjustments: Annotated[
        list[AskedAdjustment],
        Field(default_factory=list, max_length=FEW_MAX, description="Remises et frais de la ligne (BG-27, BG-28)."),
    ]
    attributes: Annotated[
        list[AskedAttribute], Field(default_factory=list, max_length=FEW_MAX, description="Attributs libres (BG-32).")
    ]


class AskedReferences(Part):
    """Ce que le payeur cherche pour payer."""

    engagement: Annotated[Short, Field(description="Numéro d’engagement ou de bon de commande (BT-13).")] = ""
    service_code: Annotated[Short, Field(description="Code service de l’acheteur public (BT-10).")] = ""
    contract: Annotated[Short, Field(description="Numéro de convention, de contrat ou de marché (BT-12).")] = ""
    dossier: Annotated[Short, Field(description="Numéro de dossier ou d’accord de prise en charge (BT-18).")] = ""
    project: Annotated[Short, Field(description="Projet ou lot (BT-11).")] = ""
    project_name: Annotated[Short, Field(description="Nom du projet ou du lot.")] = ""
    training: Annotated[Named | None, Field(description="Intitulé et session, imprimés en tête.")] = None


class AskedPayment(Part):
    """Comment payer."""

    iban: Annotated[Short, Field(description="IBAN à créditer.")] = ""
    bic: Annotated[Short, Field(description="BIC.")] = ""
    account_name: Annotated[Short, Field(description="Titulaire du compte ; par défaut qui reçoit l’argent.")] = ""
    means: Annotated[Literal["30", "58"], Field(description="30 : virement ; 58 : virement SEPA.")] = "30"
    reference: Annotated[Short, Field(description="Référence à rappeler ; par défaut le numéro de la facture.")] = ""
    terms: Annotated[Long, Field(description="Conditions de paiement, en mots (BT-20).")] = ""


class AskedAttachment(Part):
    """Pièce jointe, dans le XML et dans le PDF (BG-24)."""

    name: Annotated[str, Field(min_length=1, max_length=250, description="Nom de fichier avec son extension.")]
    kind: Annotated[
        Literal["certificate", "annex", "bank_details", "order", "supporting"],
        Field(description="`certificate` certificat de réalisation, `annex` annexe, `bank_details` RIB, `order` bon de "
                          "commande, `supporting` pièce justificative."),
    ]  # fmt: skip
    media_type: Annotated[
        Literal[
            "application/pdf", "image/png", "image/jpeg", "text/csv",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.oasis.opendocument.spreadsheet",
        ],
        Field(description="Type de média ; la norme n’admet que ceux-ci."),
    ] = "application/pdf"  # fmt: skip
    content: Annotated[Content, Field(description="Contenu en base64.")]
