"""How a night grows: the sample organisation at several sizes, seconds of CPU and peak memory for each step.

    make bench                                       sizes 1 and 10
    QUITUS_BENCH_SCALES="1 10 100" make bench        also 40,000 learners

Each size runs in a process of its own on a fresh home. Printed: seconds of each step, and between two sizes
the exponent of growth (1.00 = in proportion to the number of learners; n log n from 400 to 4,000 is 1.14,
from 4,000 to 40,000 1.11). Steps under half a second are noise and get no exponent. It fails when a step grows
faster than n log n plus what these noisy machines add (`MARGIN`).
"""

import json
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

LEARNERS = 400
NOISE_SECONDS = 0.5
MARGIN = 0.12
SCALES = [int(word) for word in os.environ.get("QUITUS_BENCH_SCALES", "1 10").split()]
"""Read when the file is loaded: while tests run, no variable of quitus is left in the environment."""


def run(scale: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="quitus-bench-") as folder:
        environment = {**os.environ, "QUITUS_HOME": str(Path(folder) / "home")}
        command = [sys.executable, "-c", "from console.cli import main; main()"]
        done = subprocess.run(
            [*command, "demo", "--no-serve", "--json", "--scale", str(scale)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode in {0, 3}, done.stderr[-2000:]
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def allowed(small: int, large: int) -> float:
    """The exponent of n log n between two numbers of learners."""
    ratio = (large * math.log(large)) / (small * math.log(small))
    return math.log(ratio) / math.log(large / small)


def test_no_step_of_the_night_grows_faster_than_n_log_n() -> None:
    scales = SCALES
    results = {scale: run(scale) for scale in scales}
    steps = [step["name"] for step in results[scales[0]]["night"]["steps"]]
    print(f"{'step':<14}" + "".join(f"{scale * LEARNERS:>12,}" for scale in scales) + "   growth")
    too_fast = []
    for index, name in enumerate(steps):
        seconds = [results[scale]["night"]["steps"][index]["cpu_seconds"] for scale in scales]
        growth = []
        for (before, small), (after, large) in zip(
            zip(seconds, scales, strict=True), list(zip(seconds, scales, strict=True))[1:], strict=False
        ):
            if before < NOISE_SECONDS:
                growth.append("   – ")
                continue
            exponent = math.log(after / before) / math.log(large / small)
            growth.append(f"{exponent:5.2f}")
            if exponent > allowed(small * LEARNERS, large * LEARNERS) + MARGIN:
                too_fast.append(name)
        print(f"{name:<14}" + "".join(f"{value:>11.2f}s" for value in seconds) + "   " + " ".join(growth))
    for label, key in (("due tonight", "due_tonight"),):
        print(f"{label:<14}" + "".join(f"{results[scale]['night'][key]:>12,}" for scale in scales))
    for label, key in (("claims", "claims"), ("bank lines", "bank_lines"), ("peak MiB", "peak_rss_mb")):
        print(f"{label:<14}" + "".join(f"{results[scale][key]:>12,}" for scale in scales))
    for scale in scales:
        result = results[scale]
        for code, kind, name in result["unplanted"]:
            print(f"  unplanted: {code} on {kind} {name}")
        assert result["balanced"]
        assert result["each_once"]
        assert result["ties"]
        print(f"scale {scale}: found {result['found']}, expected {result['expected']}, missed {len(result['missed'])}, "
              f"unplanted {len(result['unplanted'])}")  # fmt: skip
    assert too_fast == []
