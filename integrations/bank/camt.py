"""camt.052, 053 and 054, any version (.01 to .14, or no namespace at all), read as a stream.

The file is read twice: a first time to its end, for the statements with their balances and sums, so that a
cut file is refused before anything of it is kept; then for the movements, a few in memory at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from billing.errors import InvalidInput
from billing.statement import Statement, Transaction, UnreadableLine
from integrations.bank.camt_balances import read_balance
from integrations.bank.camt_entry import Place, is_pending, is_reversal, lines_of
from integrations.bank.camt_survey import Survey
from integrations.bank.camt_walk import BalanceSeen, EntrySeen, Head, walk
from integrations.bank.source import Source
from integrations.bank.xml_stream import line_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CamtFile:
    """A camt file that was read to its end (a `billing.statement.StatementFile`).

    Attributes:
        version: `001.08`…, empty where the file does not say it.
        pages: for each statement element in order, the index of the statement that it belongs to.
        flipped: statements whose balances prove that their bank writes reversals with the original's sign.
    """

    source: Source
    format: str
    version: str
    statements: tuple[Statement, ...]
    pages: tuple[int, ...]
    flipped: frozenset[int]

    @property
    def name(self) -> str:
        """The file name."""
        return self.source.name

    @property
    def sha256(self) -> str:
        """The digest of its bytes."""
        return self.source.sha256

    @property
    def media_type(self) -> str:
        """What it is."""
        return "application/zip" if self.source.is_zip else "application/xml"

    def content(self) -> bytes:
        """Read it whole, to keep it."""
        return self.source.content()

    def lines(self) -> Iterator[Transaction | UnreadableLine]:
        """Read its booked movements, in the order of the file."""
        heads, index = iter(self.pages), 0
        for seen in walk(self.source):
            if isinstance(seen, Head):
                index = next(heads)
            elif isinstance(seen, EntrySeen) and not is_pending(seen.element):
                yield from lines_of(seen.element, _place(index, seen), flip=index in self.flipped)


def read_camt(source: Source, format_: str, version: str) -> CamtFile:
    """Survey a camt file to its end.

    Raises:
        InvalidInput: it cannot be read, is hostile, or holds no statement.
    """
    survey = Survey(file=source.name)
    for seen in walk(source):
        match seen:
            case Head():
                survey.begin(seen)
            case BalanceSeen():
                survey.balance(read_balance(seen.element, survey.page))
            case EntrySeen() if is_pending(seen.element):
                survey.pending()
            case EntrySeen():
                lines = lines_of(seen.element, _place(survey.index, seen), flip=False, bare=True)
                survey.lines(lines, reversal=is_reversal(seen.element))
    statements = survey.finish()
    if not statements:
        raise InvalidInput("bank_file_without_statement", file=source.name)
    return CamtFile(
        source=source,
        format=format_,
        version=version,
        statements=statements,
        pages=tuple(survey.pages),
        flipped=frozenset(survey.flipped),
    )


def _place(index: int, seen: EntrySeen) -> Place:
    return Place(statement=index, number=seen.number, line=line_of(seen.element))
