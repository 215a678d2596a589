"""The live curves of a run, drawn in the browser."""

from collections.abc import Callable

from explorer.ui import assets
from explorer.ui.palette import CONTENDERS
from explorer.ui.runs.watch import RunWatch


def live_curves(watch: RunWatch, *, key: str, on_resync: Callable[[], None]) -> None:
    """Draw loss and accuracy of every contender from the watch's latest part.

    The browser keeps what it was sent before; `on_resync` is called when it noticed that something
    is missing.
    """
    assets.component("curves", "curves/plotly.css")(
        key=key,
        data={
            "run": watch.run.id,
            "contenders": [
                {"name": contender.name, "colour": colour}
                for contender, colour in zip(watch.run.job.contenders, CONTENDERS, strict=False)
            ],
            "several": watch.started is not None and watch.started.dataset.multi_label,
            "steps_per_epoch": watch.started.steps_per_epoch if watch.started else 0,
            "plotly": assets.plotly_path(),
            **watch.part,
        },
        on_resync_change=on_resync,
    )
