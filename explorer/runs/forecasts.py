"""Forecasts for everybody who is choosing what to train, measured by one process at a time.

Of each visitor only the latest wish counts, and what costs the same is measured once for all:
thirty people who open the page cost one measurement.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache

from pydantic import ValidationError

from explorer.gpus import environment
from explorer.runs.forecaster import Answer
from explorer.runs.processes import Process, start_partner
from explorer.settings import settings
from explorer.training.forecast import forecast_key
from explorer.training.recipe import Job

IDLE_SECONDS = 120
"""So long the process waits for another wish: it has imported PyTorch."""
LONGEST_SECONDS = 40
"""So long one wish may take, with the import of PyTorch."""
# What does not fit now may fit soon.
_PROBLEM_SECONDS = 30
_MOST_WISHES, _MOST_ANSWERS = 100, 500
_TOO_LONG = Answer(problem="A few steps took too long to be measured, so there is no forecast.")
_ENDED = Answer(
    problem="The process that measured a few steps ended: there may not be enough memory for this. "
    "A smaller batch_size or network needs less."
)

logger = logging.getLogger(__name__)


class Forecasts:
    """The wishes, the answers and the process; may be used by any number of threads."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._wishes: OrderedDict[str, tuple[str, str]] = OrderedDict()
        self._answers: OrderedDict[str, tuple[float, Answer]] = OrderedDict()
        self._process: Process | None = None
        self._gpu: str | None = None
        self._thread: threading.Thread | None = None
        self._closing = False

    def start(self, choose_gpu: Callable[[str | None], str | None] = lambda _current: None) -> None:
        """From now on wishes are granted.

        `choose_gpu` is given the GPU of the process there is and says on which one to measure;
        None stands for all that the server sees.
        """
        self._closing = False
        self._choose_gpu = choose_gpu
        self._thread = threading.Thread(target=self._run, name="forecasts", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End the process and the thread."""
        with self._news:
            self._closing = True
            self._news.notify_all()
        if self._process is not None:
            self._process.kill()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    @property
    def running(self) -> bool:
        """Whether it makes sense to ask."""
        return self._thread is not None

    def ask(self, visitor: str, job: Job) -> str:
        """Have a job measured in place of what this visitor asked for before.

        Returns:
            The key under which `known` will know the answer.
        """
        key = forecast_key(job)
        if self.known(key) is None:
            with self._news:
                self._wishes[visitor] = (key, job.model_dump_json())
                while len(self._wishes) > _MOST_WISHES:
                    self._wishes.popitem(last=False)
                self._news.notify_all()
        return key

    def known(self, key: str) -> Answer | None:
        """The answer for jobs that cost as much as the one with this key; None if not known yet."""
        with self._news:
            until, answer = self._answers.get(key, (0.0, None))
            return answer if time.monotonic() < until else None

    def _run(self) -> None:
        while not self._closing:
            with self._news:
                if not self._news.wait_for(lambda: self._wishes or self._closing, IDLE_SECONDS):
                    self._end_process()
                    self._news.wait_for(lambda: self._wishes or self._closing)
                if self._closing:
                    break
                _, (key, job) = self._wishes.popitem(last=False)
            if self.known(key) is None:
                answer = self._measure(job)
                with self._news:
                    lasts = _PROBLEM_SECONDS if answer.forecast is None else answer.forecast.lasts
                    self._answers[key] = (time.monotonic() + lasts, answer)
                    while len(self._answers) > _MOST_ANSWERS:
                        self._answers.popitem(last=False)
        self._end_process()

    def _measure(self, job: str) -> Answer:
        try:
            process = self._living_process()
        except OSError:
            logger.exception("No process for forecasts")
            return _ENDED
        assert process.stdin is not None and process.stdout is not None
        late = threading.Event()
        timer = threading.Timer(LONGEST_SECONDS, lambda: (late.set(), process.kill()))
        timer.start()
        try:
            process.stdin.write(job.encode() + b"\n")
            process.stdin.flush()
            return Answer.model_validate_json(process.stdout.readline())
        except (OSError, ValidationError):  # it has ended, in the midst of an answer or before
            if not self._closing:
                logger.warning("The process for forecasts ended with a job")
            self._end_process()
            return _TOO_LONG if late.is_set() else _ENDED
        finally:
            timer.cancel()

    def _living_process(self) -> Process:
        gpu = self._choose_gpu(self._gpu)
        if self._process is None or self._process.poll() is not None or gpu != self._gpu:
            self._end_process()
            self._gpu = gpu
            self._process = start_partner(
                "explorer.runs.forecaster", settings().max_workers, environment(gpu)
            )
        return self._process

    def _end_process(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):  # what was asked for last did not arrive
                    pipe.close()
        self._process = None


@lru_cache(maxsize=1)
def forecasts() -> Forecasts:
    """Those of this server."""
    return Forecasts()
