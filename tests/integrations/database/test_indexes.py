"""What the house asks for is found through an index, never by walking the whole table."""

import re
from typing import Any

import pytest

from integrations.database.repositories import SqlRepository
from tests.books import books_at

QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("claims", {"id": ["a", "b"]}),
    ("claims", {"agreement_id": "a"}),
    ("claims", {"agreement_id": ["a", "b"]}),
    ("claims", {"number": "a"}),
    ("claims", {"origin_claim_id": "a"}),
    ("claim_lines", {"claim_id": ["a", "b"]}),
    ("agreements", {"enrolment_id": ["a", "b"]}),
    ("agreements", {"funder_id": "a", "reference": "b"}),
    ("evidence", {"enrolment_id": ["a", "b"], "current": True}),
    ("certificates", {"enrolment_id": ["a", "b"]}),
    ("instalments", {"agreement_id": ["a", "b"]}),
    ("platform_records", {"subject_kind": "claim", "subject_id": ["a", "b"]}),
    ("slots", {"session_id": "a"}),
    ("enrolments", {"session_id": ["a", "b"]}),
    ("bank_lines", {"account_id": "a", "fingerprint": ["a", "b"]}),
    ("allocations", {"claim_id": ["a", "b"]}),
    ("allocations", {"bank_line_id": ["a", "b"]}),
    ("allocations", {"reverses_id": ["a"]}),
    ("anomalies", {"fingerprint": ["a", "b"]}),
    ("anomalies", {"subject_kind": "claim", "subject_id": "a"}),
    ("submissions", {"subject_id": ["a", "b"]}),
    ("submissions", {"state": ["ready", "in_doubt"]}),
    ("quarantine", {"cleared": False}),
    ("platform_records", {"platform": "a", "external_id": ["a", "b"]}),
    ("bank_lines", {"counterparty_iban": "FR76"}),
    ("payroll_variables", {"order_id": ["a", "b"]}),
    ("claims", {"enrolment_id": ["a", "b"]}),
    ("attempts", {"submission_id": "a"}),
    ("learners", {"code": ["a", "b"]}),
    ("attendance_statements", {"entitlement_id": ["a", "b"]}),
    ("compensation_payments", {"entitlement_id": ["a", "b"]}),
    ("quarantine", {"stream": "a", "row_key": ["a", "b"]}),
]


@pytest.mark.parametrize(("name", "equals"), QUESTIONS, ids=str)
def test_a_question_of_the_house_uses_an_index(sqlite_books_url: str, name: str, equals: dict[str, Any]) -> None:
    books = books_at(sqlite_books_url)
    with books.open_sql("org", "test", read_only=True) as uow:
        repository: SqlRepository[Any] = getattr(uow, name)
        condition = repository._where(equals)
        assert condition is not None
        sql = f"EXPLAIN QUERY PLAN {repository._mapper.select_sql}{condition.sql}{repository._by_id(condition)}"
        plan = [row[3] for row in uow._transaction.read(name, sql, ("org", *condition.values))]
    books.close()
    search = next(line for line in plan if name in line)
    used = re.search(r"USING (?:COVERING )?INDEX \w+ \((.*)\)", search)
    assert used is not None, plan
    assert used[1].count("=?") >= 2, plan
