"""A Ray cluster of the server's own, on its machine, for as long as it lives."""

import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from explorer.runs.joining import ADDRESS_FILE, require_ray
from explorer.runs.processes import python_path
from explorer.settings import settings

LONGEST_START_SECONDS = 120
# One that ended by itself would probably do so again.
RETRY_SECONDS = 10

logger = logging.getLogger(__name__)


class LocalCluster:
    """Ray in a process that ends with this one; nothing unless it is wanted, and RAY_ADDRESS unset.

    Nobody waits for it: workers find its address in a file as soon as it is there.

    Raises:
        ExplorerError: It is wanted, and Ray is not installed.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None
        self._due = self._started = 0.0
        if settings().executor == "ray" and "RAY_ADDRESS" not in os.environ:
            require_ray()
            self._folder = Path(tempfile.mkdtemp(prefix="explorer-ray-"))

    def environment(self) -> dict[str, str]:
        """What workers need to know."""
        if self._folder is None:
            return {}
        # A cluster that Ray starts by itself asks for the token that it left in ~/.ray.
        return {ADDRESS_FILE: str(self._folder / "address"), "RAY_AUTH_MODE": "token"}

    def look_after(self) -> None:
        """Start it if it is not there; to be called again and again, takes no time."""
        if self._folder is None:
            return
        now, address = time.monotonic(), self._folder / "address"
        if self._process is not None:
            ended = self._process.poll() is not None
            hangs = not address.exists() and now - self._started > LONGEST_START_SECONDS
            if not (ended or hangs):
                return
            logger.error("The server's Ray cluster %s; another one", "ended" if ended else "hangs")
            address.unlink(missing_ok=True)
            self._end(0)
            self._due = self._started + RETRY_SECONDS
        if now >= self._due:
            self._started = now
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "explorer.runs.local_cluster", str(address)],
                env={**os.environ, "PYTHONPATH": python_path()},
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )

    def close(self) -> None:
        """End it, and whatever still trains on it."""
        self._end(20)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _end(self, patience: float) -> None:
        if self._process is None:
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


def main(file: Path) -> None:
    """A cluster of this machine alone; writes its address and ends when the standard input does."""
    ray = require_ray()
    ray.init("local", include_dashboard=False, log_to_driver=False, logging_level=logging.WARNING)
    half = file.with_suffix(".half")
    half.write_text(ray.get_runtime_context().gcs_address)
    half.replace(file)
    sys.stdin.read()
    ray.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
