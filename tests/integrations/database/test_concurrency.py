"""Several processes that read, change and write the same row at once lose nothing."""

import subprocess
import sys

import pytest

from billing.errors import Locked
from integrations.database import Books
from tests import builders as a
from tests.books import books_at

PROCESSES = 4
ROUNDS = 25

# Each process reads by query (no row lock), takes a number, journals it and books it.
WORKER = f"""
import sys
from dataclasses import replace
from tests import builders as a
from tests.books import books_at
url, name = sys.argv[1:]
books = books_at(url)
print("ready", flush=True)
sys.stdin.readline()
for round_ in range({ROUNDS}):
    with books.open_books("org", name) as uow:
        series = uow.series.find(code="FA")[0]
        uow.series.put(replace(series, next_sequence=series.next_sequence + 1))
        uow.record(type_="t", subject_kind="series", subject_id=str(series.next_sequence),
                   effective_on=a.TODAY, payload={{}})
        uow.post(a.an_entry(id=f"{{name}}-{{round_}}", subject_id=str(series.next_sequence)))
        uow.commit()
books.close()
"""


def test_four_processes_lose_no_update_and_leave_no_gap(books: Books, books_url: str) -> None:
    with books.open_books("org", "test") as uow:
        uow.series.add(a.a_series("FA"))
        uow.commit()
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, books_url, f"p{number}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(PROCESSES)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:  # all of them, before any is waited for
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    outputs = [worker.communicate(timeout=120) for worker in workers]
    assert [(worker.returncode, errors) for worker, (_, errors) in zip(workers, outputs, strict=True)] == [
        (0, "")
    ] * PROCESSES
    done = PROCESSES * ROUNDS
    with books.open_sql("org", "test", read_only=True) as uow:
        assert uow.series.find()[0].next_sequence == 1 + done
        assert [line.subject_id for line in uow.journal()] == [str(number) for number in range(1, done + 1)]
        assert [entry.sequence for entry in uow.entries()] == list(range(1, done + 1))
        assert uow.verify_journal() == done


def test_a_writer_that_waits_too_long_is_told_so(sqlite_books_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.database.engines.BUSY_SECONDS", 0)
    books = books_at(sqlite_books_url)
    with books.open_books("org", "one") as first, books.open_books("org", "two") as second:
        first.series.add(a.a_series())
        with pytest.raises(Locked) as caught:
            second.series.count()
    books.close()
    assert caught.value.code == "books_busy"
