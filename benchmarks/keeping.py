"""Where results are kept, and what is noted beside them."""

from __future__ import annotations

import json
import platform
import subprocess
import time
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def machine() -> dict[str, Any]:
    """The processor and the cores this process may use."""
    from pp_qa.models.embedding import available_cores

    name = platform.processor() or platform.machine()
    facts = Path("/proc/cpuinfo")
    if facts.is_file():
        lines = facts.read_text().splitlines()
        name = next((x.split(":")[1].strip() for x in lines if x.startswith("model name")), name)
    return {"processor": name, "cores": available_cores(), "python": platform.python_version()}


def keep(name: str, facts: dict[str, Any]) -> Path:
    """Write a result file, a fact a line, with the commit it was taken at."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    ).stdout.strip()
    about = {"commit": commit, "date": time.strftime("%Y-%m-%d"), "machine": machine()}
    RESULTS.mkdir(exist_ok=True)
    target = RESULTS / f"{name}.json"
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in (about | facts).items()]
    target.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    return target
