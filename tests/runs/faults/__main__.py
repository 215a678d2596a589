"""`python -m tests.runs.faults NAME…`: runs under fire, with the numbers; `all` for every one."""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from explorer.settings import settings
from tests.runs.faults import (
    corrupt_cache,
    disk_full,
    fairness,
    kills,
    postgresql,
    ray,
    scene,
    streams,
    two_tabs,
)

FAULTS: dict[str, Callable[[], None]] = {
    "corrupt-cache": corrupt_cache.main,
    "two-tabs": two_tabs.main,
    "streams": streams.main,
    "fairness": fairness.main,
    "disk-full": disk_full.main,
    "kills": kills.main,
    "postgresql": postgresql.main,
    "ray": ray.main,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.runs.faults", description=__doc__)
    parser.add_argument("names", nargs="+", choices=[*FAULTS, "all"], metavar="NAME")
    parser.epilog = "NAME is one of: " + ", ".join([*FAULTS, "all"])
    names = parser.parse_args().names
    for name in FAULTS if "all" in names else names:
        print(f"== {name}: {sys.modules[FAULTS[name].__module__].__doc__}", flush=True)
        start = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="explorer-faults-") as folder:
            os.environ["EXPLORER_DATA_DIR"] = str(Path(folder) / "data")
            settings.cache_clear()
            try:
                FAULTS[name]()
            finally:
                scene.clean_up()
        print(f"== {name}: as it should be, after {time.monotonic() - start:.0f} s\n", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
