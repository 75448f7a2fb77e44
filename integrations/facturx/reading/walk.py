"""A walk over a tree that remembers what was read, so that what was not can be listed: nothing is lost silently."""

from collections.abc import Iterator

from lxml import etree

from integrations.facturx.reading.limits import UNREAD_MAX

TEXT_SHOWN_MAX = 120


class Walk:
    """Reads texts by path; paths name elements without their prefixes (`A/B`), and the first one wins."""

    def __init__(self, root: etree._Element) -> None:
        """Start at the root; nothing is read yet."""
        self.root = root
        self._read: set[etree._Element] = set()

    def text(self, at: etree._Element | None, path: str) -> str:
        """Read the first text at a path; empty when there is none."""
        found = self.one(at, path)
        return self.read(found) if found is not None else ""

    def read(self, element: etree._Element) -> str:
        """Read an element's own text, and remember it."""
        self._read.add(element)
        return (element.text or "").strip()

    def one(self, at: etree._Element | None, path: str) -> etree._Element | None:
        """Find the first element at a path."""
        return None if at is None else at.find(_any(path))

    def every(self, at: etree._Element | None, path: str) -> list[etree._Element]:
        """Find all elements at a path."""
        return [] if at is None else list(at.findall(_any(path)))

    def unread(self) -> Iterator[tuple[str, str]]:
        """List what holds a text and was not read, with its path."""
        count = 0
        for element in self.root.iter():
            if element in self._read or len(element) or not (element.text or "").strip():
                continue
            count += 1
            if count > UNREAD_MAX:
                return
            yield path_of(element), " ".join((element.text or "").split())[:TEXT_SHOWN_MAX]


def path_of(element: etree._Element) -> str:
    """Write the path to an element without prefixes; the root is left out, and places are told from the second on."""
    steps: list[str] = []
    current: etree._Element | None = element
    while current is not None and current.getparent() is not None:
        name = etree.QName(current).localname
        before = sum(1 for _ in current.itersiblings(str(current.tag), preceding=True))
        steps.append(f"{name}[{before + 1}]" if before else name)
        current = current.getparent()
    return "/".join(reversed(steps))


def _any(path: str) -> str:
    return "/".join(f"{{*}}{step}" if step not in {".", ".."} else step for step in path.split("/"))
