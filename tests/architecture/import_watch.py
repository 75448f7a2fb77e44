"""Import every module of the six rooms and print what their import did to the world.

Run in a process of its own by test_import_time.py. An event counts against a module of ours when the
nearest module body on the stack is ours: what a library does while it is being imported is its own affair.
"""

import importlib
import sys
from pathlib import Path
from types import FrameType

from tests.architecture.trees import PROJECT, ROOMS, modules

WATCHED = {"open", "os.mkdir", "os.remove", "os.rename", "os.system", "os.listdir", "os.scandir", "sqlite3.connect"}
WATCHED |= {"socket.__new__", "socket.connect", "socket.bind", "subprocess.Popen", "_thread.start_new_thread"}
CODE = {".py", ".pyc", ".so"}
CONSTANT = ("/zoneinfo/", "/tzdata/", ".dist-info/")


def importing(frame: FrameType | None) -> str:
    """The file of the nearest module body being executed."""
    while frame is not None:
        if frame.f_code.co_name == "<module>":
            return frame.f_code.co_filename
        frame = frame.f_back
    return ""


def main() -> None:
    ours = tuple(str(PROJECT / room) for room in ROOMS)

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event not in WATCHED:
            return
        target = str(arguments[0]) if arguments else ""
        if event in {"open", "os.listdir", "os.scandir"} and _is_import(event, target):
            return
        who = importing(sys._getframe(1))
        if who.startswith(ours):
            sys.stdout.write(f"{Path(who).relative_to(PROJECT)}: {event} {target[:80]}\n")

    sys.addaudithook(hook)
    for module in modules():
        if ".migrations." not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def _is_import(event: str, target: str) -> bool:
    """Tell whether it is code, a list of modules, a time zone, or what a library asks of installed packages."""
    if event == "open" and (any(part in target for part in CONSTANT) or target in sys.path):
        return True
    return Path(target).suffix in CODE if event == "open" else target in sys.path or Path(target).is_dir()


if __name__ == "__main__":
    main()
