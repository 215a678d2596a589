"""What a training says that was over before it had taken a step."""

from collections.abc import Iterator

from explorer.training.events import Event, Finished, Suspended, TrainingEnded


def nothing_done(*, suspending: bool) -> Iterator[Event]:
    """The end of a training whose data was not there yet.

    Args:
        suspending: Another process will go on; otherwise it was stopped.
    """
    if suspending:
        yield Suspended(step=0)
        return
    yield TrainingEnded(reason="stopped", step=0, seconds=0)
    yield Finished(reason="stopped", seconds=0)
