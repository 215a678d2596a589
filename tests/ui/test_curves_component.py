"""The curves' JavaScript, by its own tests under Node."""

import shutil
import subprocess
from pathlib import Path

TESTS = Path(__file__).parent / "components" / "curves"


def test_pure_functions_of_the_curves() -> None:
    node = shutil.which("node")
    assert node, "No node on the path: install Debian's package 'nodejs'."
    result = subprocess.run(
        [node, "--test", *map(str, sorted(TESTS.glob("*.test.js")))],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stdout + result.stderr
