"""The app as people start it, and the system's Chromium: for browser tests and benchmarks."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Playwright

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
READY_SECONDS = 60


def launch_chromium(playwright: Playwright) -> Browser:
    """Start the system's Chromium without a window."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    assert executable, "No chromium on the path: install Debian's package 'chromium'."
    return playwright.chromium.launch(executable_path=executable, args=CHROMIUM_FLAGS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass
class App:
    """The app as people start it, with a data folder of its own, on a free port."""

    data_dir: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=_free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def log(self) -> Path:
        return self.data_dir.parent / "server.log"

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "streamlit", "run", "explorer/app.py"),
                    *("--server.port", str(self.port)),
                ],
                cwd=ROOT,
                env={
                    **os.environ,
                    "EXPLORER_DATA_DIR": str(self.data_dir),
                    # Most tests train nothing: no second PyTorch for each of these servers.
                    "EXPLORER_SPARE_WORKERS": "0",
                    # A test that failed may leave its run training: no other has to wait for it.
                    "EXPLORER_MAX_WORKERS": "3",
                    **self.environment,
                },
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + READY_SECONDS
        while not self._answers():
            assert self.process.poll() is None, f"The app did not start:\n{self.log.read_text()}"
            assert time.monotonic() < deadline, f"The app did not answer:\n{self.log.read_text()}"
            time.sleep(0.1)  # between two questions to a starting server, not before an assertion

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                return answer.status == 200
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def stop(self) -> None:
        """Stop the server as Ctrl-C does."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=30)
            self.process = None
