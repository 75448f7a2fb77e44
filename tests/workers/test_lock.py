import os
import subprocess
import sys
from pathlib import Path

import pytest

from billing.errors import Locked
from workers.lock import engine_lock

HOLD = (
    "import sys; from pathlib import Path; from workers.lock import engine_lock\n"
    "with engine_lock(Path(sys.argv[1])):\n"
    "    print('held', flush=True); sys.stdin.read()\n"
)


def refused(path: Path) -> bool:
    try:
        with engine_lock(path):
            return False
    except Locked as error:
        return error.code == "engine_locked"


def test_one_engine_at_a_time_also_in_one_process(tmp_path: Path) -> None:
    path = tmp_path / "home" / "engine.lock"
    with engine_lock(path):
        assert path.read_text() == str(os.getpid())
        assert refused(path)
    assert not refused(path)


def test_the_lock_is_given_back_when_its_holder_fails(tmp_path: Path) -> None:
    path = tmp_path / "engine.lock"
    with pytest.raises(ValueError, match="broken"), engine_lock(path):
        raise ValueError("broken")
    assert not refused(path)


def test_another_process_holds_the_lock_until_it_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "engine.lock"
    command = [sys.executable, "-c", HOLD, str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=Path(__file__).parents[2], stdin=pipe, stdout=pipe, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert path.read_text() == str(holder.pid)
        assert refused(path)
        holder.kill()
        holder.wait()
        assert not refused(path)
