"""Every layer over one file, from its bytes to its findings. Runs in a checking process (`pool.py`)."""

from collections.abc import Iterator
from importlib.util import find_spec

from billing.errors import Finding, InvalidInput, Severity
from integrations.facturx.checking.arithmetic import amounts_of
from integrations.facturx.checking.engine import Engine
from integrations.facturx.checking.identities import identities_of
from integrations.facturx.checking.pdf_structure import structure_of
from integrations.facturx.checking.schema_check import SchemaCheck
from integrations.facturx.reading.facts import RawDocument
from integrations.facturx.reading.flavours import Level
from integrations.facturx.reading.source import Source, open_source

FRANCE = frozenset({"FR", "GP", "MQ", "GF", "RE", "YT", "MF", "BL", "PM"})
"""Countries whose sellers the French reform governs: France and its overseas departments (professional knowledge)."""


class Checker:
    """Owns what is compiled once: schemas and rule books."""

    def __init__(self) -> None:
        """Compile nothing yet."""
        self._schemas = SchemaCheck()
        self._engine: Engine | None = None

    def check(self, content: bytes) -> tuple[Source | None, tuple[Finding, ...]]:
        """Run every layer; a file that cannot be read gives one finding, and no source."""
        try:
            source = open_source(content)
        except InvalidInput as error:
            return None, (finding_of(error),)
        return source, tuple(self._layers(content, source))

    def _layers(self, content: bytes, source: Source) -> Iterator[Finding]:
        if source.pdf is not None:
            level = source.flavour.level
            yield from structure_of(content, source.pdf, level)
        raw = source.raw()
        level = source.flavour.level
        if level is None:
            values = {"guideline": source.flavour.guideline[:100] or "(aucun)"}
            yield Finding(code="document_level_unknown", where="En-tête", values=values)
        else:
            against_schema = self._schemas.check(source.root, level)
            yield from against_schema
            if not against_schema:  # the rule books are written for what the schema allows
                yield from self._official(source, level, raw)
            else:
                yield Finding(code="official_rules_after_schema", severity=Severity.INFORMATION)
        yield from amounts_of(raw)
        yield from identities_of(raw)

    def _official(self, source: Source, level: Level, raw: RawDocument) -> Iterator[Finding]:
        books = level.books
        if level.french and raw.seller.country in FRANCE:
            books = (*books, level.french)
        elif level.french:
            values = {"country": raw.seller.country[:10] or "(aucun)"}
            yield Finding(code="french_rules_not_run", severity=Severity.INFORMATION, where="Vendeur", values=values)
        if not level.french:
            yield Finding(code="document_level_is_no_invoice", severity=Severity.WARNING, values={"level": level.name})
        if find_spec("saxonche") is None:
            yield Finding(code="schematron_engine_missing")
            return
        if self._engine is None:
            self._engine = Engine()
        yield from self._engine.check(source.root, books)


def finding_of(error: InvalidInput) -> Finding:
    """Make the one finding of a file that cannot be read."""
    return Finding(code=error.code, values=dict(error.values))
