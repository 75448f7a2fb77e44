"""The page that people read: A4, French, PDF/A-3b and PDF/UA-1, made by typst from `page.typ` and the fonts beside it.

The template receives texts (`page_texts.py`) and computes nothing. Fonts: Source Sans Pro (SIL OFL 1.1,
`fonts/LICENSE.txt`), then typst's embedded ones. PDF/UA tags what is a title, a table, a picture, so that a reading
machine says the page in order; measured, the tags cost under a millisecond.
"""

import json
import re
from datetime import UTC, datetime, time
from pathlib import Path
from threading import Lock
from typing import Literal

import typst

from billing.errors import InvalidInvoice
from integrations.facturx.document import Document
from integrations.facturx.logo import Logo
from integrations.facturx.page_texts import shown

_PAGES = re.compile(rb"/Type/Pages/Count (\d+)")
_ONE_PAGE_LINES = 12
_ONE_PAGE_LEARNERS = 40


class PageMaker:
    """Owns one compiler, whose parsed template and fonts serve every page; safe to share between threads."""

    def __init__(self) -> None:
        """Load the template and the fonts."""
        folder = Path(__file__).parent
        self._lock = Lock()  # one compiler compiles one page at a time
        self._compiler = typst.Compiler(
            input=str(folder / "page.typ"),
            root=str(folder),
            font_paths=[str(folder / "fonts")],
            ignore_system_fonts=True,
        )

    def make(self, document: Document, logo: Logo | None = None) -> bytes:
        """Make the page of a built document; the same document and logo give the same bytes.

        Most fit one page, and numbering several costs a second layout: one is tried first where it may do.

        Raises:
            InvalidInvoice: the page cannot be composed (a text holds what no font prints).
        """
        if len(document.lines) <= _ONE_PAGE_LINES and len(document.learners) <= _ONE_PAGE_LEARNERS:
            (made,) = self._compile(document, logo, "pdf", single=True)
            count = _PAGES.search(made)
            if count is not None and count.group(1) == b"1":
                return made
        (made,) = self._compile(document, logo, "pdf")
        return made

    def pictures(self, document: Document, logo: Logo | None = None, *, dots_per_inch: int = 96) -> list[bytes]:
        """Make a PNG of each page, for a preview; a document without number says that it is provisional."""
        return self._compile(document, logo, "png", dots_per_inch=dots_per_inch)

    def _compile(
        self,
        document: Document,
        logo: Logo | None,
        form: Literal["pdf", "png"],
        *,
        single: bool = False,
        dots_per_inch: int = 96,
    ) -> list[bytes]:
        data = {**shown(document), "single": single}
        inputs = {}
        if logo is not None:
            data["logo"] = [str(logo.width_mm), str(logo.height_mm)]
            inputs["logo"] = logo.svg
        inputs["data"] = json.dumps(data, ensure_ascii=False)
        try:
            with self._lock:
                made = self._compiler.compile(
                    format=form,
                    sys_inputs=inputs,
                    ppi=dots_per_inch if form == "png" else None,
                    pdf_standards=["a-3b", "ua-1"] if form == "pdf" else [],
                    timestamp=datetime.combine(document.issue_on, time(), UTC),
                )
        except typst.TypstError as error:
            raise InvalidInvoice("invoice_page_failed", invoice=document.number, detail=error.message[:200]) from error
        return [made] if isinstance(made, bytes) else list(made or ())
