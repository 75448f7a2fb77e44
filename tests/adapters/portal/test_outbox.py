"""A file that is the act appears whole, once, whatever the moment of a crash."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from adapters import portal
from adapters.contract import Tools
from adapters.portal import outbox as outbox_module
from adapters.portal.connections import ByHandPortal, RemunerationDrop
from adapters.portal.outbox import DifferentDelivery, Outbox, safe_name
from adapters.portal.profile import load_profile, shipped_profiles
from billing.errors import Misconfigured, Refused, RetryLater
from billing.ports import Credentials, Parcel

MakeParcel = Callable[..., Parcel]


class Crash(Exception):
    """The process dies here."""


def test_a_file_taken_away_by_its_reader_is_not_written_again(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "out")
    outbox.deliver("paie.csv", b"a;b")
    (tmp_path / "out" / "paie.csv").unlink()
    outbox.deliver("paie.csv", b"a;b")
    assert not (tmp_path / "out" / "paie.csv").exists()
    assert outbox.delivered("paie.csv") is not None


def test_another_content_under_the_same_name_replaces_nothing(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "out")
    outbox.deliver("paie.csv", b"a;b")
    with pytest.raises(DifferentDelivery):
        outbox.deliver("paie.csv", b"a;c")
    assert (tmp_path / "out" / "paie.csv").read_bytes() == b"a;b"


STEPS_MAX = 14


def crash_after(monkeypatch: pytest.MonkeyPatch, steps: int, act: Callable[[], object]) -> bool:
    """Run an act that dies after so many touches of the disk; tell whether it came to its end."""
    left = [steps]
    with monkeypatch.context() as patch:
        for name in ("_sync_folder", "_remove", "_write"):
            real = getattr(outbox_module, name)

            def dying(*values: object, real: Callable[..., None] = real) -> None:
                real(*values)
                left[0] -= 1
                if left[0] == 0:
                    raise Crash

            patch.setattr(outbox_module, name, dying)
        try:
            act()
        except Crash:
            return False
    return True


@pytest.mark.parametrize("content", [b"a;b", {"bordereau.csv": b"x", "F1.pdf": b"y"}])
def test_two_crashes_at_any_steps_deliver_once_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | dict[str, bytes]
) -> None:
    for first in range(1, STEPS_MAX):
        for second in range(1, STEPS_MAX):
            folder = tmp_path / f"{first}-{second}"
            outbox, there = Outbox(folder), folder / "F1"
            for steps in (first, second):
                finished = crash_after(monkeypatch, steps, partial(outbox.deliver, "F1", content))
                assert (outbox.delivered("F1") is not None) == there.exists()
                assert not finished or there.exists()
            outbox.deliver("F1", content)
            assert there.exists()
            assert outbox.delivered("F1") == outbox_module.digest_of(content)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a/b.csv", ".cache", "nom avec é.csv", "x" * 300, "", "a\0b", ".."]
)
def test_a_hostile_name_stays_inside_the_folder(tmp_path: Path, name: str) -> None:
    safe = safe_name(name)
    assert Path(safe).name == safe
    assert not safe.startswith(".")
    Outbox(tmp_path / "out").deliver(name, b"x")
    assert [item.name for item in (tmp_path / "out").iterdir() if not item.name.startswith(".")] == [safe]


def test_two_names_never_become_one() -> None:
    assert len({safe_name(name) for name in ("a/b", "a_b", "a b", "a\\b")}) == 4


def credentials(folder: Path) -> Credentials:
    return Credentials(
        base_url="", token_url="", secrets={}, options={"outbox": str(folder)}, timeout=timedelta(seconds=10)
    )


def test_a_folder_that_cannot_be_written_accepts_nothing(tmp_path: Path, tools: Tools, make_parcel: MakeParcel) -> None:
    (tmp_path / "out").write_bytes(b"a file where the folder should be")
    drop = portal.connect("portal-paie", credentials(tmp_path / "out"), tools)
    assert isinstance(drop, RemunerationDrop)
    with pytest.raises(RetryLater):
        drop.submit_remuneration(make_parcel())


def test_a_pack_holds_the_document_the_bordereau_and_the_sheet(
    tmp_path: Path, tools: Tools, make_parcel: MakeParcel
) -> None:
    by_hand = portal.connect("portal-opco", credentials(tmp_path), tools)
    assert isinstance(by_hand, ByHandPortal)
    sheet = by_hand.sheet(make_parcel())
    assert sheet.folder == tmp_path / "portal-opco" / "F2026-0001"
    assert sorted(item.name for item in sheet.folder.iterdir()) == ["F2026-0001.pdf", "bordereau.csv", "fiche.txt"]
    assert (sheet.folder / "bordereau.csv").read_text("utf-8-sig").splitlines()[1] == (
        "EJ2026001;F2026-0001;20/11/2026;13000548100010;420;3990,00;0,00;3990,00"
    )
    assert [(line.label, line.value) for line in sheet.lines][:3] == [
        ("Numéro de dossier (accord de prise en charge)", "EJ2026001"),
        ("Numéro de facture", "F2026-0001"),
        ("Date de facture", "20/11/2026"),
    ]


def test_a_pack_thrown_away_is_made_again_the_same(tmp_path: Path, tools: Tools, make_parcel: MakeParcel) -> None:
    by_hand = portal.connect("portal-courrier", credentials(tmp_path), tools)
    assert isinstance(by_hand, ByHandPortal)
    folder = by_hand.sheet(make_parcel()).folder
    assert folder is not None
    before = {item.name: item.read_bytes() for item in folder.iterdir()}
    for item in folder.iterdir():
        item.unlink()
    folder.rmdir()
    by_hand.sheet(make_parcel())
    assert {item.name: item.read_bytes() for item in folder.iterdir()} == before


def test_a_field_that_the_portal_demands_must_be_known(tmp_path: Path, tools: Tools, make_parcel: MakeParcel) -> None:
    by_hand = portal.connect("portal-opco", credentials(tmp_path), tools)
    assert isinstance(by_hand, ByHandPortal)
    with pytest.raises(Refused):
        by_hand.sheet(make_parcel(facts={}))


def test_no_cell_runs_in_a_spreadsheet(tmp_path: Path, tools: Tools, make_parcel: MakeParcel) -> None:
    by_hand = portal.connect("portal-opco", credentials(tmp_path), tools)
    assert isinstance(by_hand, ByHandPortal)
    folder = by_hand.sheet(make_parcel(facts={"dossier": "=cmd|' /C calc'!A0", "hours": "-3.5"})).folder
    assert folder is not None
    row = (folder / "bordereau.csv").read_text("utf-8-sig").splitlines()[1]
    assert row.startswith("'=cmd")
    assert ";-3,5;" in row


def test_the_shipped_profiles_are_four() -> None:
    assert [profile.code for profile in shipped_profiles()] == [
        "portal-courrier",
        "portal-opco",
        "portal-paie",
        "portal-rsfp",
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('code = "portal-opco"', 'code = "opco"'),
        ('role = "funder"', 'role = "banque"'),
        ('value = "fact.dossier"', 'value = "dossier"'),
        ("[bordereau]", "[bordereaux]"),
        ('delivery = "by_hand"', 'delivery = "file_drop"'),
        ("[sheet]", "[sheet"),
    ],
)
def test_a_profile_that_cannot_work_is_refused_with_its_place(tmp_path: Path, old: str, new: str) -> None:
    shipped = Path(portal.__file__).parent / "profiles" / "opco.toml"
    broken = tmp_path / "mien.toml"
    broken.write_text(shipped.read_text("utf-8").replace(old, new), "utf-8")
    with pytest.raises(Misconfigured) as caught:
        load_profile(broken)
    assert caught.value.values["file"] == "mien.toml"


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"x" * 300_000])
def test_a_file_that_is_no_profile_gives_one_clear_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mien.toml"
    path.write_bytes(content)
    with pytest.raises(Misconfigured):
        load_profile(path)
