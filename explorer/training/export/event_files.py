"""The curves of a run as TensorBoard's event files, written without TensorFlow."""

import io
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from zipfile import ZIP_DEFLATED, ZipFile

from explorer.training.events import Event
from explorer.training.export.points import PARTS, Part, Point, folder_names, points

MOST_POINTS = 2000
"""Of one curve; more are averaged. TensorBoard itself shows a thousand."""
# The first record of every event file.
_FILE_VERSION = "brain.Event:2"


def write_event_files(
    archive: ZipFile, names: Sequence[str], events: Iterable[Event], began: datetime
) -> None:
    """Put a folder per contender into a zip, and in it one per part, each with an event file.

    `tensorboard --logdir` on the unpacked folder shows every measure as a diagram of its own, with
    the parts of all contenders as its curves.

    Args:
        archive: Open for writing.
        names: Of the contenders, in the job's order.
        events: The run's.
        began: When training began; moments of measurements are counted from it, without pauses.
    """
    curves: dict[tuple[int, Part], list[Point]] = defaultdict(list)
    for point in points(events):
        curves[point.contender, point.part].append(point)
    folders = folder_names(names)
    for (contender, part), curve in sorted(curves.items(), key=_place):
        path = f"{folders[contender]}/{part}/events.out.tfevents.{int(began.timestamp())}.explorer"
        archive.writestr(path, _event_file(_thinned(curve), began.timestamp()), ZIP_DEFLATED)


def _place(item: tuple[tuple[int, Part], list[Point]]) -> tuple[int, int]:
    (contender, part), _ = item
    return contender, PARTS.index(part)


def _event_file(curve: Iterable[Point], began: float) -> bytes:
    from tensorboard.compat.proto.event_pb2 import Event as Record  # pyright: ignore[reportAttributeAccessIssue]
    from tensorboard.compat.proto.summary_pb2 import Summary  # pyright: ignore[reportAttributeAccessIssue]
    from tensorboard.summary.writer.record_writer import RecordWriter

    file = io.BytesIO()
    writer = RecordWriter(file)
    writer.write(Record(wall_time=began, file_version=_FILE_VERSION).SerializeToString())
    for point in curve:
        values = [Summary.Value(tag=tag, simple_value=it) for tag, it in point.values.items()]
        record = Record(
            wall_time=began + point.seconds, step=point.step, summary=Summary(value=values)
        )
        writer.write(record.SerializeToString())
    return file.getvalue()


def _thinned(curve: list[Point]) -> list[Point]:
    """Equal groups of neighbours become their mean, at the moment of the group's last point."""
    size = -(-len(curve) // MOST_POINTS)
    if size == 1:
        return curve
    groups = (curve[start : start + size] for start in range(0, len(curve), size))
    return [_mean(group) for group in groups]


def _mean(group: list[Point]) -> Point:
    last = group[-1]
    values = {
        name: sum(point.values.get(name, value) for point in group) / len(group)
        for name, value in last.values.items()
    }
    return Point(last.part, last.contender, last.epoch, last.step, last.seconds, values)
