"""What a document of any syntax says, as texts: the ground on which both the model and the arithmetic stand.

Nothing is converted here: an amount that is no number or a day that does not exist is still to be judged.
Empty text = not said.
"""

from dataclasses import dataclass, field

from integrations.facturx.reading.flavours import Flavour


@dataclass(slots=True, kw_only=True)
class RawParty:
    """A party; `ids` are (scheme, value) pairs other than the legal one."""

    name: str = ""
    siren: str = ""
    siren_scheme: str = ""
    ids: list[tuple[str, str]] = field(default_factory=list)
    vat_number: str = ""
    tax_number: str = ""
    line: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    endpoint: str = ""
    endpoint_scheme: str = ""
    contact: str = ""
    phone: str = ""
    email: str = ""
    legal: str = ""


@dataclass(slots=True, kw_only=True)
class RawVat:
    """A VAT category."""

    category: str = ""
    rate: str = ""
    exemption_code: str = ""
    exemption_text: str = ""


@dataclass(slots=True, kw_only=True)
class RawAdjustment:
    """An allowance or a charge; of an item's price when it lies there."""

    is_charge: bool
    amount: str = ""
    base: str = ""
    percent: str = ""
    reason: str = ""
    vat: RawVat | None = None


@dataclass(slots=True, kw_only=True)
class RawLine:
    """One line; `counted` is false for a line that only groups or informs."""

    number: str = ""
    label: str = ""
    description: str = ""
    quantity: str = ""
    unit: str = ""
    price: str = ""
    base_quantity: str = ""
    net: str = ""
    vat: RawVat = field(default_factory=RawVat)
    dossier: str = ""
    order_line: str = ""
    starts: str = ""
    ends: str = ""
    adjustments: list[RawAdjustment] = field(default_factory=list)
    attributes: list[tuple[str, str]] = field(default_factory=list)
    counted: bool = True


@dataclass(slots=True, kw_only=True)
class RawGroup:
    """One line of the VAT breakdown."""

    vat: RawVat
    basis: str = ""
    tax: str = ""
    due_code: str = ""


@dataclass(slots=True, kw_only=True)
class RawTotals:
    """The totals as written."""

    lines: str = ""
    allowances: str = ""
    charges: str = ""
    net: str = ""
    vat: str = ""
    gross: str = ""
    prepaid: str = ""
    rounding: str = ""
    due: str = ""


@dataclass(slots=True, kw_only=True)
class RawAttachment:
    """An attachment: its code, its name, its media type, its content in base64."""

    kind: str
    name: str
    media_type: str
    content: str


@dataclass(slots=True, kw_only=True)
class RawDocument:
    """Everything that was read, and `unread`: (path, text) of each part that has no place in the model."""

    flavour: Flavour
    number: str = ""
    type: str = ""
    process: str = ""
    issue: str = ""
    due: str = ""
    currency: str = ""
    notes: list[tuple[str, str]] = field(default_factory=list)
    seller: RawParty = field(default_factory=RawParty)
    buyer: RawParty = field(default_factory=RawParty)
    payee: RawParty | None = None
    payer: RawParty | None = None
    service_code: str = ""
    engagement: str = ""
    contract: str = ""
    dossier: str = ""
    project: str = ""
    project_name: str = ""
    delivered: str = ""
    starts: str = ""
    ends: str = ""
    payment_means: str = ""
    iban: str = ""
    account_name: str = ""
    bic: str = ""
    payment_reference: str = ""
    terms: str = ""
    vat_due_code: str = ""
    lines: list[RawLine] = field(default_factory=list)
    adjustments: list[RawAdjustment] = field(default_factory=list)
    groups: list[RawGroup] = field(default_factory=list)
    totals: RawTotals = field(default_factory=RawTotals)
    preceding: list[tuple[str, str]] = field(default_factory=list)
    attachments: list[RawAttachment] = field(default_factory=list)
    due_is_plain: bool = True
    """What is due follows from the totals alone (EXTENDED may add what third parties paid or are owed)."""
    unread: list[tuple[str, str]] = field(default_factory=list)
