"""Where the data for benchmarks lies, and measurements in a process of their own."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from explorer.runs.processes import COMPUTING

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("EXPLORER_TEST_DATA", ROOT / ".." / "shared" / "data")).resolve()


def in_process_of_its_own(module: str, *arguments: str, **environment: str) -> Any:
    """The JSON in the last line that `python -m benchmarks.<module>` prints.

    Its environment is that of the app's workers, and the app's data folder is new and empty.
    """
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{module}", *arguments],
            cwd=ROOT,
            env={
                **os.environ,
                **COMPUTING,
                "EXPLORER_DATASETS": str(DATA),
                "EXPLORER_DATA_DIR": folder,
                **environment,
            },
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    return json.loads(done.stdout.strip().splitlines()[-1])
