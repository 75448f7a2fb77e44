"""Parties of a request as parties of the document."""

from dataclasses import replace

from billing.party import Address
from integrations.facturx.document import Endpoint, Party
from integrations.facturx.mentions import declaration
from integrations.facturx.printing import tidy
from integrations.facturx.published.models import AskedInvoice
from integrations.facturx.published.parts import AskedLine, AskedParty, AskedSeller


def party_of(asked: AskedParty, *, is_person: bool = False) -> Party:
    """Convert a party; its address in the directory is its SIREN, a person's is an e-mail."""
    siren = digits_of(asked.siren) or digits_of(asked.siret)[:9]
    endpoint = asked.electronic_address
    if endpoint is not None:
        address: Endpoint | None = Endpoint(value=endpoint.value.strip(), scheme=endpoint.scheme)
    elif siren and not is_person:
        address = Endpoint(value=siren)
    else:
        address = Endpoint(value=asked.email.strip(), scheme="EM") if asked.email.strip() and is_person else None
    return Party(
        name=tidy(asked.name),
        siren="" if is_person else siren,
        siret="" if is_person else digits_of(asked.siret),
        vat_number=asked.vat_number.replace(" ", ""),
        address=Address(
            line=tidy(asked.address.line),
            postcode=tidy(asked.address.postcode),
            city=tidy(asked.address.city),
            country=asked.address.country,
        ),
        endpoint=address,
        contact=tidy(asked.contact),
        email=asked.email.strip(),
        phone=tidy(asked.phone),
        is_person=is_person,
    )


def digits_of(text: str) -> str:
    """Take the blanks off an identifier."""
    return "".join(text.split())


def seller_of(asked: AskedSeller, lines: list[AskedLine]) -> Party:
    """Convert the seller; without VAT number its SIREN is its tax identifier (inference, as in `facts.py`)."""
    party = party_of(asked)
    untaxed = all(line.vat is None or line.vat.treatment != "taxed" for line in lines)
    tax_number = asked.tax_number.strip() or (party.siren if untaxed and not party.vat_number else "")
    legal = (tidy(asked.legal_mentions), nda_of(asked))
    return replace(party, tax_number=tax_number, legal=" – ".join(filter(None, legal)))


def nda_of(asked: AskedSeller) -> str:
    """Write the declaration of activity; empty when there is none."""
    told = asked.declaration
    return declaration(tidy(told.number), tidy(told.region)) if told is not None else ""


def buyer_of(asked: AskedInvoice) -> Party:
    """Convert the buyer."""
    return party_of(asked.buyer, is_person=asked.buyer.kind == "person")
