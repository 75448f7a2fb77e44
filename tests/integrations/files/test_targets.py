"""One row may speak of several nouns: each gets its own fields, and messages keep the file's headings."""

from pathlib import Path

from billing.usecases.take_in_rows import BadRow, Row
from integrations.files import Profile, read_file

PROFILE = Profile.model_validate(
    {
        "code": "portal",
        "label": "Portail",
        "key": ["dossier"],
        "columns": [
            {"field": "dossier", "headers": ["DOSSIER"], "type": "code", "required": True},
            {"field": "name", "headers": ["NOM"]},
            {"field": "birth", "headers": ["NAISSANCE"], "type": "date"},
            {"field": "training", "headers": ["FORMATION"]},
            {
                "field": "status",
                "headers": ["STATUT"],
                "type": "word",
                "words": {"Prêt": {"state": "approved", "ready_to_bill": True}},
            },
        ],
        "targets": [
            {
                "kind": "learner",
                "create_only": True,
                "fields": {"code": {"digest": ["name", "birth"], "prefix": "P-"}, "last_name": "name"},
            },
            {"kind": "action", "fields": {"code": {"first": ["training", "dossier"]}}},
            {
                "kind": "sighting",
                "fields": {
                    "platform": {"constant": "x"},
                    "raw_status": "status",
                    "state": "state",
                    "known": "known",
                    "ready_to_bill": "ready_to_bill",
                },
            },
        ],
    }
)


def only_row(folder: Path, line: str) -> Row | BadRow:
    path = folder / "p.csv"
    path.write_text(f"DOSSIER;NOM;NAISSANCE;FORMATION;STATUT\n{line}\n", encoding="utf-8")
    (row,) = read_file(path, PROFILE)
    return row


def parts(row: Row | BadRow) -> dict[str, dict[str, object]]:
    assert isinstance(row, Row)
    return {part.kind: dict(part.values) for part in row.parts}


def test_fields_come_from_columns_constants_the_first_known_and_digests(tmp_path: Path) -> None:
    row = only_row(tmp_path, "0001;Martin;01/02/1990;;PRET")
    found = parts(row)
    assert found["action"] == {"code": "0001"}
    assert found["learner"]["last_name"] == "Martin"
    assert str(found["learner"]["code"]).startswith("P-")
    assert found["sighting"] == {
        "platform": "x",
        "raw_status": "PRET",
        "state": "approved",
        "known": True,
        "ready_to_bill": True,
    }
    assert isinstance(row, Row)
    assert row.parts[0].create_only
    assert row.parts[0].headers == {"code": "NOM", "last_name": "NOM"}


def test_a_digest_is_the_same_for_two_spellings_and_absent_when_a_part_is_missing(tmp_path: Path) -> None:
    first = parts(only_row(tmp_path, "1;Élodie  Martin;01/02/1990;;Prêt"))["learner"]["code"]
    assert parts(only_row(tmp_path, "2;ELODIE MARTIN;1990-02-01;;Prêt"))["learner"]["code"] == first
    assert "code" not in parts(only_row(tmp_path, "3;Martin;;;Prêt"))["learner"]


def test_an_unknown_word_is_kept_as_it_came(tmp_path: Path) -> None:
    found = parts(only_row(tmp_path, "1;Martin;;;Mystère"))["sighting"]
    assert found == {"platform": "x", "raw_status": "Mystère", "known": False}
