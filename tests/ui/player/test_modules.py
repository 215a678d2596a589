"""The player's modules that need no browser, tested where they run: by node."""

import subprocess
from pathlib import Path

HERE = Path(__file__).parent


def test_node_unit_tests_pass() -> None:
    files = sorted(map(str, HERE.glob("*.test.mjs")))
    assert files
    answer = subprocess.run(["node", "--test", *files], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stdout
