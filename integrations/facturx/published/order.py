"""From one entry of the input to the file, or to everything that stands against it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from billing.errors import InvalidInvoice
from integrations.facturx.document import Document, Profile
from integrations.facturx.maker import Renderer
from integrations.facturx.published.conditions import request_findings
from integrations.facturx.published.conversion import document_from
from integrations.facturx.published.models import AskedInvoice
from integrations.facturx.published.pointers import pointer_to
from integrations.facturx.published.reading import Entry, Located
from integrations.facturx.published.terms import TermsOf
from integrations.facturx.published.wishes import NOTHING, Wishes, read_wishes

PROFILES = {Profile.EN16931: "EN 16931", Profile.EXTENDED: "EXTENDED"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What became of an entry.

    Attributes:
        document: None when the form of the request is wrong.
        findings: everything against it; none means that `content` is the file.
    """

    entry: Entry
    document: Document | None
    content: bytes
    findings: tuple[Located, ...]

    @property
    def profile(self) -> str:
        """The profile as the files say it; empty without a document."""
        return PROFILES[self.document.profile] if self.document else ""


class Orders:
    """Makes the file of each entry; owns the shipped wishes."""

    def __init__(self, renderer: Renderer, terms_of: TermsOf) -> None:
        """Use a renderer that somebody owns, and what gives the values of law on a day."""
        self._renderer = renderer
        self._terms_of = terms_of
        self._wishes: Mapping[str, Wishes] = read_wishes()

    def document(self, asked: AskedInvoice) -> tuple[Document, tuple[Located, ...]]:
        """Make the document of a request and say everything that makes it wrong."""
        wishes = self._wishes.get(asked.buyer.kind, NOTHING)
        terms = self._terms_of(asked.issue_on)
        made = document_from(asked, terms, public=wishes.public)
        said = request_findings(asked, made, terms, wishes)
        places = {item.pointer for item in said}
        checked = tuple(Located(pointer=pointer_to(finding), finding=finding) for finding in self._renderer.check(made))
        # A missing VAT is said once, by what the request lacks.
        return made, said + tuple(item for item in checked if not ("/vat" in item.pointer and item.pointer in places))

    def make(self, entry: Entry) -> Order:
        """Make the file of an entry, or say everything that stands against it."""
        if entry.asked is None:
            return Order(entry=entry, document=None, content=b"", findings=entry.findings)
        made, findings = self.document(entry.asked)
        if findings:
            return Order(entry=entry, document=made, content=b"", findings=findings)
        try:
            content = self._renderer.render(made)
        except InvalidInvoice as error:
            told = error.findings
            return Order(
                entry=replace(entry, number=made.number),
                document=made,
                content=b"",
                findings=tuple(Located(pointer=pointer_to(finding), finding=finding) for finding in told),
            )
        return Order(entry=entry, document=made, content=content, findings=())
