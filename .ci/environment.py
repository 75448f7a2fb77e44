"""Make the project's own environment, once, from the locked requirements.

    python3 .ci/environment.py run     what quitus needs to run
    python3 .ci/environment.py test    the same, and what its tests need

The environment is a plain venv in `.venv`. uv (itself taken from the lock, with its hashes) fills it; where
uv cannot be had or fails, pip installs the same lock. No Python is ever downloaded, nothing unlocked runs,
nothing is built but quitus itself (by the locked build backend). A stamp tells what the environment was made
from: as long as the lock, pyproject.toml, the folder and the Python are the same, there is nothing to do.

Plain syntax on purpose: a Python too old for quitus must still be able to say so.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
VENV = PROJECT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "quitus-environment.json"
LOCKS = {"run": PROJECT / "requirements.lock", "test": PROJECT / "requirements-test.lock"}
OLDEST = (3, 11)
NEWER_NAMES = ("python3.13", "python3.12", "python3.11", "python3.14")
LAYOUT = "1"  # change it when this program makes environments differently

TOO_OLD = """\
quitus demande Python 3.11 ou plus récent ; {found} est trop ancien, et aucun autre n'a été trouvé.
  Debian 12, Ubuntu 24.04 ou plus récent : apt-get install python3 python3-venv
  Un autre Python : make {goal} PYTHON=/chemin/vers/python3.12
quitus needs Python 3.11 or newer; {found} is too old, and no other one was found."""
NO_VENV = """\
Il manque le paquet python3-venv, sans lequel quitus ne peut pas créer son environnement :
  sudo apt-get install python3-venv     (puis relancez make {goal})
The package python3-venv is missing; quitus cannot create its environment without it."""
NOT_INSTALLED = """\
L'environnement n'a pas pu être créé : voyez le message de pip ci-dessus (accès au dépôt de paquets ?).
Rien n'est à défaire : relancez make {goal} quand la cause est levée.
The environment could not be created: see pip's message above. Run make {goal} again once it is mended."""
WITHOUT_UV = (
    "uv n'est pas utilisable ici : installation par pip seul (plus lente, même résultat). / uv unusable: pip alone."
)


class CannotMakeError(Exception):
    """The environment cannot be made; the message says what to do."""


def main() -> int:
    """Make the environment when it is not what it should be; give the exit code."""
    kind = sys.argv[1] if len(sys.argv) > 1 else "run"
    goal = "demo" if kind == "run" else "test"
    if sys.version_info < OLDEST:
        return _hand_over_to_newer(goal)
    lock_folder = PROJECT / ".build"
    lock_folder.mkdir(exist_ok=True)
    with (lock_folder / "environment.lock").open("w") as turn:  # `make demo` beside `make test`: one at a time
        fcntl.flock(turn, fcntl.LOCK_EX)
        try:
            _ensure(kind)
        except CannotMakeError as cause:
            sys.stderr.write("\n" + str(cause).format(goal=goal) + "\n")
            return 1
    return 0


def _hand_over_to_newer(goal: str) -> int:
    """Run this program with a newer Python of this machine, if there is one."""
    found = "Python " + ".".join(str(part) for part in sys.version_info[:3])
    for name in NEWER_NAMES:
        path = shutil.which(name)
        if path and subprocess.call([path, "-c", ""], stderr=subprocess.DEVNULL) == 0:  # noqa: S603 - from PATH
            os.execv(path, [path, *sys.argv])  # noqa: S606 - the same program, by another Python
    sys.stderr.write(TOO_OLD.format(found=found, goal=goal) + "\n")
    return 1


def _ensure(kind: str) -> None:
    stamp = _read_stamp()
    place = [LAYOUT, str(PROJECT), sys.version, os.path.realpath(sys.executable)]
    wanted = "test" if stamp.get("kind") == "test" else kind  # what the tests need is never taken away by a demo
    source = [_digest(LOCKS[wanted]), _digest(PROJECT / "pyproject.toml")]
    if stamp == {"place": place, "source": source, "kind": wanted}:
        return
    STAMP.unlink(missing_ok=True)
    if stamp.get("place", place) != place or not _works(PYTHON):
        _say("création de l'environnement .venv")
        _create()
    lock = LOCKS[wanted]
    _say(f"installation des dépendances verrouillées ({lock.name})")
    if not _install_with_uv(lock):
        _say(WITHOUT_UV)
        _install_with_pip(lock)
    STAMP.write_text(json.dumps({"place": place, "source": source, "kind": wanted}), encoding="utf-8")


def _read_stamp() -> "dict[str, object]":
    try:
        stamp = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _say(text: str) -> None:
    sys.stderr.write("quitus : " + text + "\n")
    sys.stderr.flush()


def _works(python: Path) -> bool:
    """Tell whether an environment is ours, runs, and has pip."""
    check = f"import pip, sys; sys.exit(sys.version_info < {OLDEST!r} or sys.prefix != {str(VENV)!r})"
    return python.exists() and _run([python, "-I", "-c", check], quiet=True)


def _create() -> None:
    try:
        import ensurepip  # noqa: F401, PLC0415 - Debian ships venv without it unless python3-venv is installed
        import venv  # noqa: F401, PLC0415
    except ImportError:
        raise CannotMakeError(NO_VENV) from None
    if not _run([sys.executable, "-m", "venv", "--clear", VENV]):
        raise CannotMakeError(NO_VENV)


def _environment() -> "dict[str, str]":
    """Give the variables under which installers run: no question, no Python of their own, no stray settings."""
    environment = dict(os.environ)
    for name in ("PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "UV_SYSTEM_PYTHON"):
        environment.pop(name, None)
    environment.update(
        UV_PYTHON_DOWNLOADS="never",
        UV_NO_PROGRESS="1",
        PIP_NO_INPUT="1",
        PIP_USER="0",
        PIP_DISABLE_PIP_VERSION_CHECK="1",
        PIP_ROOT_USER_ACTION="ignore",
    )
    return environment


def _run(command: "list[str | Path]", *, quiet: bool = False) -> bool:
    output = subprocess.DEVNULL if quiet else None
    words = [str(word) for word in command]
    code = subprocess.call(  # noqa: S603 - our own words
        words, cwd=str(PROJECT), env=_environment(), stdout=output, stderr=output
    )
    return code == 0


def _install_with_uv(lock: Path) -> bool:
    if os.environ.get("QUITUS_INSTALLER") == "pip":
        return False
    uv = VENV / "bin" / "uv"
    with tempfile.TemporaryDirectory() as folder:
        pinned = Path(folder) / "uv.txt"
        pinned.write_text(_block_of("uv", lock), encoding="utf-8")
        if not _pip("--quiet", "--no-deps", "-r", pinned):
            return False
    options = ["--quiet", "--python", str(PYTHON)]
    return _run([uv, "pip", "sync", *options, "--require-hashes", "--only-binary", ":all:", lock]) and _run(
        [uv, "pip", "install", *options, "--no-index", "--no-deps", "--no-build-isolation", "--editable", str(PROJECT)]
    )


def _install_with_pip(lock: Path) -> None:
    project = ["--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--editable", str(PROJECT)]
    if not _pip("--quiet", "-r", lock) or not _run([PYTHON, "-I", "-m", "pip", "install", *project]):
        raise CannotMakeError(NOT_INSTALLED)


def _pip(*arguments: "str | Path") -> bool:
    hashes = ["--require-hashes", "--only-binary", ":all:"]
    return _run([PYTHON, "-I", "-m", "pip", "install", *hashes, *arguments])


def _block_of(name: str, lock: Path) -> str:
    """Cut one requirement, with its hashes, out of a lock."""
    block = []  # type: list[str]
    for line in lock.read_text(encoding="utf-8").splitlines():
        starts_requirement = line[:1] not in (" ", "#", "")
        if line.startswith(name + "==") or (block and not starts_requirement):
            block.append(line)
        elif block:
            break
    return "\n".join(block) + "\n"


if __name__ == "__main__":
    sys.exit(main())
