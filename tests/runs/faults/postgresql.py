"""The tests of runs on a throw-away PostgreSQL server instead of SQLite."""

import os
import subprocess
import sys
from pathlib import Path

from tests.runs.throw_away_postgresql import URL_VARIABLE, postgresql

ROOT = Path(__file__).resolve().parents[3]


def main() -> None:
    with postgresql() as server:
        tests = [sys.executable, "-m", "pytest", "tests/runs"]
        environment = {**os.environ, URL_VARIABLE: server, "OMP_WAIT_POLICY": "PASSIVE"}
        subprocess.run(tests, cwd=ROOT, env=environment, check=True)
