"""Details of a fault go to a file of the home, never to the terminal."""

import logging
import subprocess
import sys
from pathlib import Path

from console.technical_log import technical_log
from tests.homes import without_settings

BROKEN = (
    "from unittest import mock\n"
    "from console import views\n"
    "with mock.patch.object(views, 'claim_rows', side_effect=KeyError('a bug')):\n"
    "    from console.cli import main; main()\n"
)


def test_warnings_are_written_for_the_owner_only_and_nothing_stays_behind(tmp_path: Path) -> None:
    log = logging.getLogger("quitus.test")
    with technical_log(tmp_path) as file, technical_log(tmp_path):
        log.info("event=usual")
        assert not file.exists()
        log.warning("event=odd")
    log.warning("event=later")
    written = file.read_text(encoding="utf-8")
    assert written.count("event=odd") == 1
    assert "event=usual" not in written
    assert "event=later" not in written
    assert file.stat().st_mode & 0o077 == 0


def test_no_log_makes_a_home(tmp_path: Path) -> None:
    with technical_log(tmp_path / "nowhere"):
        logging.getLogger("quitus.test").warning("event=odd")
    assert list(tmp_path.iterdir()) == []


def test_a_bug_is_told_in_french_and_its_traceback_is_in_the_log(home: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", BROKEN, "claims", "list"],
        env={**without_settings(), "QUITUS_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("quitus s'est arrêté sur une erreur inattendue (KeyError).")
    assert "Traceback" not in ran.stderr
    assert "KeyError: 'a bug'" in (home / "logs" / "quitus.log").read_text(encoding="utf-8")
