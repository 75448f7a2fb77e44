"""Which of the organisation's own references stand in a text.

Recognition goes by the references that exist, not by patterns: a text is cut into runs of letters and
digits, and each group of neighbouring runs is looked up. Cost: runs × longest reference, whatever the
number of references.
"""

from dataclasses import dataclass, field

from reconciliation.matching.text import loose, runs

KEY_MIN = 5  # characters of a reference that may stand alone
DIGITS_MIN = 3  # digits it must have once leading zeros are gone
TAIL_MIN = 4  # digits of a running number that may narrow a choice
STRANGER_MIN = 5  # digits that look like a reference although they are none of ours
RUNS_MAX = 8
PREFIX_MAX = 12  # letters that begin a reference
TEXT_RUNS_MAX = 200  # an unstructured label has 140 characters; longer texts are read up to here


@dataclass(frozen=True, slots=True)
class Mention:
    """A reference found, and the targets that bear it (several for a dossier with several claims)."""

    key: str
    targets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mentions:
    """What a text names: whole references, running numbers alone, and digits that are none of ours."""

    exact: tuple[Mention, ...] = ()
    tails: tuple[Mention, ...] = ()
    strangers: tuple[str, ...] = ()
    other_digits: int = 0
    """How many runs of two digits or more belong to no whole reference."""


@dataclass(slots=True)
class _Found:
    exact: dict[str, Mention] = field(default_factory=dict)
    tails: dict[str, Mention] = field(default_factory=dict)
    strangers: dict[str, None] = field(default_factory=dict)
    other_digits: int = 0


class ReferenceIndex:
    """References to targets, kept as they come."""

    def __init__(self) -> None:
        self._exact: dict[str, tuple[str, ...]] = {}
        self._tails: dict[str, tuple[str, ...]] = {}
        self._prefixes: set[str] = set()
        self._runs_max = 1

    def add(self, target: str, reference: str) -> None:
        """Let a reference point to one more target."""
        pieces = runs(reference)
        if not pieces or len(pieces) > RUNS_MAX:
            return
        self._runs_max = max(self._runs_max, len(pieces) + 1)
        if not pieces[0].isdigit() and len(pieces[0]) <= PREFIX_MAX:
            self._prefixes.add(pieces[0])
        for key in _keys(pieces):
            _point(self._exact, key, target)
        digits = [piece for piece in pieces if piece.isdigit()]
        if digits and len(pieces) > 1 and len(digits[-1]) >= TAIL_MIN:
            _point(self._tails, digits[-1], target)

    def whole(self, reference: str) -> tuple[str, ...]:
        """Find what a field that holds one reference points to."""
        pieces = runs(reference)
        for key in _keys(pieces):
            if key in self._exact:
                return self._exact[key]
        return ()

    def find(self, *texts: str) -> Mentions:
        """Find every reference that stands in the texts, longest first at each place."""
        found = _Found()
        for text in texts:
            pieces = runs(text)[:TEXT_RUNS_MAX]
            start = 0
            while start < len(pieces):
                start += self._at(pieces, start, found)
        return Mentions(
            tuple(found.exact.values()), tuple(found.tails.values()), tuple(found.strangers), found.other_digits
        )

    def _at(self, pieces: list[str], start: int, found: _Found) -> int:
        """Read one place; give how many runs were used."""
        piece = pieces[start]
        digits = piece.isdigit()
        prefixes = [] if digits else self._prefixes_of(piece)
        if not digits and not prefixes:
            return 1
        for count in range(min(self._runs_max, len(pieces) - start), 0, -1):
            group = pieces[start : start + count]
            targets = self._look_up(group, prefixes)
            if targets:
                found.exact.setdefault("".join(group), Mention("".join(group), targets))
                return count
        if digits:
            found.other_digits += len(piece) > 1
            if len(piece) >= TAIL_MIN and piece in self._tails:
                found.tails.setdefault(piece, Mention(piece, self._tails[piece]))
            elif len(piece) >= STRANGER_MIN:
                found.strangers.setdefault(piece)
        return 1

    def _prefixes_of(self, piece: str) -> list[str]:
        """Give the beginnings of known references with which a word ends, longest first."""
        first = max(len(piece) - PREFIX_MAX, 0)
        return [piece[start:] for start in range(first, len(piece)) if piece[start:] in self._prefixes]

    def _look_up(self, group: list[str], prefixes: list[str]) -> tuple[str, ...]:
        targets = self._known(group)
        if targets or group[0].isdigit():
            return targets
        for prefix in prefixes:  # a word glued to the reference: `FACTUREFAC-000412`
            targets = self._known([prefix, *group[1:]])
            if targets:
                return targets
        return ()

    def _known(self, group: list[str]) -> tuple[str, ...]:
        whole = "".join(group)
        if len(whole) < KEY_MIN:
            return ()
        targets = self._exact.get(whole)
        if targets is None and len(group) > 1:
            targets = self._exact.get(loose(group))
        return targets or ()


def _keys(pieces: list[str]) -> tuple[str, ...]:
    """Give the forms under which a reference is known; none when it is too short to stand alone."""
    digits = sum(len(piece.lstrip("0")) for piece in pieces if piece.isdigit())
    whole = "".join(pieces)
    written = sum(len(piece) for piece in pieces if piece.isdigit())
    if len(whole) < KEY_MIN or written < DIGITS_MIN:
        return ()
    if len(pieces) == 1 or digits < DIGITS_MIN:
        return (whole,)
    return (whole, loose(pieces))


def _point(index: dict[str, tuple[str, ...]], key: str, target: str) -> None:
    known = index.get(key, ())
    if target not in known:
        index[key] = (*known, target)
