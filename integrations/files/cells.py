"""Reading one cell under its column's type. A cell that cannot be read is an error, never a guess, never zero."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from billing.errors import InvalidInput
from billing.identity import Iban, Nda, Nir, Siren, Siret
from billing.money import Money, given_money, read_decimal, read_money
from integrations.files.folding import folded
from integrations.files.profile import Column

Cell = Any
"""Text from a CSV file; from a workbook also bool, int, binary number, date, time, duration."""

YEAR_MIN, YEAR_MAX = 1900, 2200
SIGNIFICANT_DIGITS = 15
"""What a spreadsheet shows of its binary numbers: beyond lies noise (0.1 + 0.2)."""
BLANKS = " \t\r\n\u00a0\u202f\u2009\ufeff"

SERIAL_MIN, SERIAL_MAX = 10_000, 80_000
"""Days that a spreadsheet counts since 1900: 18/05/1927 to 09/01/2119. A bare number in a column of dates is one."""
SERIAL_ORIGIN = date(1899, 12, 30)
_FRENCH_DATE = re.compile(r"^(?P<d>\d{1,2})[/.-](?P<m>\d{1,2})[/.-](?P<y>\d{4})(?:[ T]0{1,2}[:h]00(?::00)?)?$")
_ISO_DATE = re.compile(r"^(?P<y>\d{4})[-/](?P<m>\d{1,2})[-/](?P<d>\d{1,2})(?:[ T]00:00(?::00(?:\.0+)?)?Z?)?$")
_SERIAL = re.compile(r"^\d{5}$")
_CLOCK = re.compile(r"^(\d{1,2})\s*[:hH]\s*(\d{2})?(?::(\d{2}))?$")
_DURATION = re.compile(r"^(\d{1,4})\s*[:hH]\s*(\d{2})?\s*(?:mn|min)?$")
_MONTH = re.compile(r"^(?:(\d{4})[-/](\d{1,2})|(\d{1,2})[-/](\d{4}))$")
_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[^@\s.]+$")
_CURRENCY = re.compile(r"[$£¥₣]|\b(?:USD|GBP|CHF|JPY|CAD|XPF|CFP|MAD|XOF)\b", re.IGNORECASE)
_MANY = re.compile(r"[|;\n]")
TRUE = frozenset({"oui", "o", "vrai", "true", "1", "x", "yes", "y"})
FALSE = frozenset({"non", "n", "faux", "false", "0", "no"})
EUROS = frozenset({"eur", "euro", "euros"})


def is_empty(cell: Cell) -> bool:
    """Tell whether a cell holds nothing."""
    return cell is None or (isinstance(cell, str) and not cell.strip(BLANKS))


def plain_text(cell: Cell) -> str:
    """Write a cell as people see it; a whole number shows no decimals, so that codes stay codes."""
    if isinstance(cell, str):
        return cell.strip(BLANKS)
    if isinstance(cell, bool):
        return "oui" if cell else "non"
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, date):
        return f"{cell:%d/%m/%Y}"
    if isinstance(cell, time):
        return f"{cell:%H:%M}"
    if isinstance(cell, timedelta):
        minutes = cell // timedelta(minutes=1)
        return f"{minutes // 60}:{minutes % 60:02d}"
    return format(_number(cell), "f")


def _number(cell: Cell) -> Decimal:
    """Take a workbook's number, without its binary noise."""
    if isinstance(cell, int):
        return Decimal(cell)
    text = format(cell, f".{SIGNIFICANT_DIGITS}g")
    try:
        number = Decimal(text)
    except ArithmeticError as cause:
        raise InvalidInput("not_a_number", text=text) from cause
    if not number.is_finite():
        raise InvalidInput("not_a_number", text=text)
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number


def _is_number(cell: Cell) -> bool:
    return not isinstance(cell, str | bool | date | time | timedelta)


def read_text(cell: Cell) -> str:
    """Read a text, line breaks kept."""
    return plain_text(cell)


def read_code(cell: Cell) -> str:
    """Read a code: one line, blanks inside reduced to one, leading zeros kept."""
    return " ".join(plain_text(cell).split())


def read_date(cell: Cell) -> date:
    """Read a day: `31/12/2026`, `31-12-2026`, `2026-12-31`, `46387` (a spreadsheet's); two digits are no year."""
    if isinstance(cell, datetime):
        found = cell.date()
    elif isinstance(cell, date):
        found = cell
    else:
        text = plain_text(cell)
        if _SERIAL.match(text) and SERIAL_MIN <= int(text) <= SERIAL_MAX:
            return SERIAL_ORIGIN + timedelta(days=int(text))
        matched = (_FRENCH_DATE.match(text) or _ISO_DATE.match(text)) if isinstance(cell, str) else None
        if matched is None:
            raise InvalidInput("not_a_date", text=text[:40])
        year, month, day = matched.group("y", "m", "d")
        try:
            found = date(int(year), int(month), int(day))
        except ValueError as cause:
            raise InvalidInput("not_a_date", text=text[:40]) from cause
    if not YEAR_MIN <= found.year <= YEAR_MAX:
        raise InvalidInput("date_out_of_range", text=f"{found:%d/%m/%Y}")
    return found


def read_instant(cell: Cell) -> datetime:
    """Read a local day and time, naive: `31/12/2026 14:30`, `2026-12-31T14:30`."""
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=None)
    text = plain_text(cell).replace("T", " ")
    day, _, clock = text.partition(" ")
    return datetime.combine(read_date(day), read_time(clock.strip() or "00:00"))


def read_time(cell: Cell) -> time:
    """Read a time of day: `9:30`, `09h30`, `9h`."""
    if isinstance(cell, datetime):
        return cell.time()
    if isinstance(cell, time):
        return cell
    text = plain_text(cell)
    found = _CLOCK.match(text)
    if not found:
        raise InvalidInput("not_a_time", text=text[:40])
    try:
        return time(int(found.group(1)), int(found.group(2) or 0), int(found.group(3) or 0))
    except ValueError as cause:
        raise InvalidInput("not_a_time", text=text[:40]) from cause


def read_month(cell: Cell) -> str:
    """Read a month: `2026-09`, `09/2026`, or one of its days; gives `YYYY-MM`."""
    text = plain_text(cell)
    found = _MONTH.match(text) if isinstance(cell, str) else None
    if found:
        year, number = (found.group(1), found.group(2)) if found.group(1) else (found.group(4), found.group(3))
        return f"{read_date(f'01/{number}/{year}'):%Y-%m}"
    return f"{read_date(cell):%Y-%m}"


def read_amount(cell: Cell) -> Money:
    """Read euros; another currency is refused."""
    if _is_number(cell):
        return given_money(_number(cell))
    text = plain_text(cell)
    if _CURRENCY.search(text):
        raise InvalidInput("currency_refused", text=text[:40])
    return read_money(text)


def read_number(cell: Cell) -> Decimal:
    """Read a decimal number."""
    return _number(cell) if _is_number(cell) else read_decimal(plain_text(cell))


def read_hours(cell: Cell) -> Decimal:
    """Read hours: `7`, `7,5`, `7:30`, `7h30`."""
    if isinstance(cell, timedelta):
        return _hours(Decimal(cell // timedelta(seconds=1)) / 3600)
    if isinstance(cell, time):
        return _hours(Decimal(cell.hour * 60 + cell.minute) / 60)
    found = _DURATION.match(plain_text(cell)) if isinstance(cell, str) else None
    if found:
        minutes = int(found.group(2) or 0)
        if minutes >= 60:  # noqa: PLR2004 - minutes of an hour
            raise InvalidInput("not_a_number", text=plain_text(cell)[:40])
        return _hours(Decimal(int(found.group(1)) * 60 + minutes) / 60)
    return read_number(cell.rstrip("hH ") if isinstance(cell, str) else cell)


def _hours(exact: Decimal) -> Decimal:
    """Keep four decimals: twenty minutes are 0.3333 h."""
    return exact.quantize(Decimal("0.0001"))


def read_whole(cell: Cell) -> int:
    """Read a whole number."""
    number = read_number(cell)
    if number != number.to_integral_value():
        raise InvalidInput("not_a_whole_number", text=plain_text(cell)[:40])
    return int(number)


def read_percent(cell: Cell) -> Decimal:
    """Read a percentage, from 0 to 100."""
    number = read_number(plain_text(cell).removesuffix("%") if isinstance(cell, str) else cell)
    if not 0 <= number <= 100:  # noqa: PLR2004 - percent
        raise InvalidInput("percent_out_of_range", text=plain_text(cell)[:40])
    return number


def read_flag(cell: Cell) -> bool:
    """Read yes or no."""
    if isinstance(cell, bool):
        return cell
    word = folded(plain_text(cell))
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise InvalidInput("not_yes_or_no", text=plain_text(cell)[:40])


def read_email(cell: Cell) -> str:
    """Read an address; its text is not repeated in the error (it names a person)."""
    text = plain_text(cell)
    if not _EMAIL.match(text):
        raise InvalidInput("email_invalid")
    return text


def read_currency(cell: Cell) -> str:
    """Accept euros only."""
    text = plain_text(cell)
    if text != "€" and folded(text) not in EUROS:
        raise InvalidInput("currency_refused", text=text[:40])
    return "EUR"


_READERS: Mapping[str, Callable[[Cell], Any]] = {
    "text": read_text,
    "code": read_code,
    "date": read_date,
    "datetime": read_instant,
    "time": read_time,
    "month": read_month,
    "money": read_amount,
    "decimal": read_number,
    "hours": read_hours,
    "integer": read_whole,
    "percent": read_percent,
    "bool": read_flag,
    "siret": lambda cell: Siret.read(plain_text(cell)),
    "siren": lambda cell: Siren.read(plain_text(cell)),
    "nda": lambda cell: Nda.read(plain_text(cell)),
    "nir": lambda cell: Nir.read(plain_text(cell)),
    "iban": lambda cell: Iban.read(plain_text(cell)),
    "email": read_email,
    "currency": read_currency,
    "word": read_code,
}
TEXTS = frozenset({"text", "code", "email"})


def reader_of(column: Column) -> Callable[[Cell], Any]:
    """Make the function that reads this column's cells.

    It raises InvalidInput when a cell cannot be read.
    """
    one = _word_reader(column) if column.type == "enum" else _READERS[column.type]
    if column.minimum:
        one = _at_least(one, column)
    if not column.many:
        return one

    def several(cell: Cell) -> tuple[Any, ...]:
        return tuple(one(part) for part in _MANY.split(plain_text(cell)) if part.strip(BLANKS))

    return several


def _word_reader(column: Column) -> Callable[[Cell], Any]:
    def read_word(cell: Cell) -> Any:  # noqa: ANN401 - a word of ours
        found = column.meaning_of(plain_text(cell))
        if found is None:
            raise InvalidInput("word_unknown", word=plain_text(cell)[:40], known=", ".join(column.shown_words))
        return found

    return read_word


def _at_least(one: Callable[[Cell], Any], column: Column) -> Callable[[Cell], Any]:
    least = read_decimal(column.minimum)

    def bounded(cell: Cell) -> Any:  # noqa: ANN401 - a number or an amount
        value = one(cell)
        if (value.euros if isinstance(value, Money) else value) < least:
            raise InvalidInput("below_minimum", text=plain_text(cell)[:40], minimum=column.minimum)
        return value

    return bounded
