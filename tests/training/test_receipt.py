"""Receipts: what is in one, that it repeats the run to the last bit, and which zips are refused."""

import json
import pickle
import runpy
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import torch
from safetensors.torch import load_file, save

from explorer.datasets.uploads import archive_path, save_upload
from explorer.errors import ExplorerError
from explorer.network.layers import Flatten, Linear
from explorer.network.spec import InputShape
from explorer.settings import settings
from explorer.training import checkpoint
from explorer.training.__main__ import CLOSE, DIFFERENT, FINISHED, USAGE, main
from explorer.training.control import ChangeLearningRate, Control
from explorer.training.events import (
    BatchHalved,
    EpochEnd,
    Finished,
    LearningRateChanged,
    Measure,
    Started,
    TrainingEnded,
)
from explorer.training.export.agreement import Agreement, agreement
from explorer.training.export.receipt import Receipt
from explorer.training.export.receipt_reading import OpenReceipt, open_receipt
from explorer.training.export.receipt_writing import _receipt, write_receipt
from explorer.training.export.repetition import Repeating, repeat
from explorer.training.export.verdict_text import verdict_text
from explorer.training.loop import train
from explorer.training.probe import Plan
from explorer.training.recipe import Contender
from tests.datasets.zips import folders, zipped
from tests.training import many_labels as several
from tests.training.jobs import DROPOUT, LINEAR, digits, job, of

HOW = Plan("fp32", 1, 0.001)
SECOND = Contender(name="Second", network=LINEAR)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The receipt of a run whose learning rate was changed, and which was stopped on the way."""
    folder = tmp_path_factory.mktemp("run")
    choices = job(DROPOUT, SECOND, epochs=50, schedule="cosine", normalisation="dataset")
    control, events = Control(), []
    for event in train(choices, dataset=digits(), directory=folder, control=control, how=HOW):
        events.append(event)
        if isinstance(event, EpochEnd):
            if event.epoch == 1:
                control.ask(1, ChangeLearningRate(learning_rate=0.003))
            else:
                control.stop()
    assert of(events, LearningRateChanged) and of(events, TrainingEnded)[0].reason == "stopped"
    file = BytesIO()
    write_receipt(file, "A run", choices, events, folder)
    return file.getvalue()


@pytest.fixture
def path(whole: bytes, tmp_path: Path) -> Path:
    path = tmp_path / "receipt.zip"
    path.write_bytes(whole)
    return path


def changed(path: Path, **contents: bytes | str | None) -> Path:
    """The receipt with files replaced, or left out; `__` stands for a dot."""
    new = {name.replace("__", "."): content for name, content in contents.items()}
    with ZipFile(path) as old:
        kept = {name: old.read(name) for name in old.namelist() if name not in new}
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in (kept | new).items():
            if content is not None:
                archive.writestr(name, content)
    return path


def with_numbers(path: Path, change: Callable[[dict], object]) -> Path:
    """The receipt with something changed in its receipt.json."""
    with ZipFile(path) as archive:
        numbers = json.loads(archive.read("receipt.json"))
    change(numbers)
    return changed(path, receipt__json=json.dumps(numbers))


def repeated(path: Path, folder: Path) -> tuple[list, Agreement | None]:
    events = []
    with open_receipt(path) as opened:
        steps = repeat(opened, folder, Repeating(opened.receipt))
        while True:
            try:
                events.append(next(steps))
            except StopIteration as end:
                return events, end.value


def test_what_was_changed_and_stopped_comes_out_the_same_again(path: Path, tmp_path: Path) -> None:
    events, found = repeated(path, tmp_path / "again")
    with open_receipt(path) as opened:
        receipt = opened.receipt
    assert of(events, LearningRateChanged) == list(receipt.changes)
    assert of(events, TrainingEnded)[0].step == receipt.ended.step
    assert found is not None
    assert found.verdict == "same" and found.data is True and found.first is None
    assert found.epochs == len(receipt.epochs) >= 2
    assert found.weights == {"With dropout": 0, "Second": 0}


def test_a_run_that_left_the_test_alone_comes_out_the_same_by_its_validation(
    tmp_path: Path,
) -> None:
    choices = job(LINEAR, epochs=2).model_copy(update={"purpose": "candidate"})
    folder, path = tmp_path / "first", tmp_path / "receipt.zip"
    events = list(train(choices, dataset=digits(), directory=folder, how=HOW))
    with path.open("wb") as file:
        write_receipt(file, "A fold", choices, events, folder)
    with ZipFile(path) as archive:
        assert "The test set was not read" in " ".join(archive.read("README.txt").decode().split())
    _, found = repeated(path, tmp_path / "again")
    assert found is not None and (found.verdict, found.results) == ("same", ())
    with open_receipt(path) as opened:
        text = verdict_text(opened.receipt, found)
        assert "not read, then and now" in text and "SAME" in text
        # Another seed: no bit is the same, and whether it is close shows validation alone.
        other = choices.model_copy(update={"recipe": choices.recipe.model_copy(update={"seed": 5})})
        again = list(train(other, dataset=digits(), directory=tmp_path / "other", how=HOW))
        assert agreement(opened, again, tmp_path / "other").verdict == "close"
        wrong = [
            event.model_copy(update={"validation": (Measure(loss=9, accuracy=0.1),)})
            if isinstance(event, EpochEnd)
            else event
            for event in again
        ]
        far = agreement(opened, wrong, tmp_path / "other")
        assert far.verdict == "different"
        assert "the validation results differ by more" in verdict_text(opened.receipt, far)


@pytest.mark.parametrize("last", [2, 4])
def test_a_run_that_was_stopped_while_it_validated_comes_out_the_same(
    last: int, tmp_path: Path
) -> None:
    """Also in its last epoch, after which it counts as completed."""

    class Stopping(Control):
        def before_validation(self, step: int) -> None:
            if step == last * steps_per_epoch:
                self.stop()

    choices = job(LINEAR, epochs=4, tested_weights="best")
    steps_per_epoch = -(-len(digits().train) // choices.recipe.batch_size)
    first, again = tmp_path / "first", tmp_path / "again"
    events = list(
        train(choices, dataset=digits(), directory=first, control=Stopping(), how=HOW, pace=None)
    )
    assert [one.validation is None for one in of(events, EpochEnd)] == [False] * (last - 1) + [True]
    receipt = _receipt("Stopped", events)[0]
    opened = OpenReceipt(receipt, choices, (first / "contender-1.safetensors",))
    control = Repeating(receipt)
    told = train(choices, dataset=digits(), directory=again, control=control, how=HOW, pace=None)
    found = agreement(opened, list(told), again)
    assert found.verdict == "same"


def test_what_is_not_the_same_is_named(path: Path, tmp_path: Path) -> None:
    """As if the run had been another one: numbers of an epoch, of the test, and a weight."""
    with ZipFile(path) as archive:
        archive.extract("contender-2.safetensors", tmp_path)
    tensors = load_file(tmp_path / "contender-2.safetensors")
    next(tensor for name, tensor in tensors.items() if name.endswith(".bias"))[3] += 0.25

    def change(numbers: dict) -> None:
        numbers["epochs"][1]["validation"][0]["loss"] += 1
        numbers["finished"]["results"][1]["test_accuracy"] += 0.001
        numbers["started"]["machine"]["versions"]["torch"] = "1.0"
        halved = BatchHalved(step=7, contender="Second", batch_size=64)
        numbers["halved"] = [halved.model_dump()]

    with_numbers(changed(path, **{"contender-2.safetensors": save(tensors)}), change)
    _, found = repeated(path, tmp_path / "again")
    assert found is not None
    assert found.verdict == "close"
    assert found.first is not None
    assert found.first.what == "epoch 2, validation loss of With dropout"
    assert found.first.then - found.first.now == pytest.approx(1)
    assert [one.what for one in found.results if not one.same] == ["test accuracy of Second"]
    assert found.weights == {"With dropout": 0, "Second": pytest.approx(0.25)}
    torch_version, memory = found.surroundings
    assert torch_version.startswith("torch: 1.0 then")
    assert memory.startswith("memory: too little for a whole batch of Second from step 7 on")


def test_on_other_data_nothing_is_trained(path: Path, tmp_path: Path) -> None:
    with_numbers(path, lambda numbers: numbers["started"]["dataset"].update(hash="0" * 64))
    events, found = repeated(path, tmp_path / "again")
    assert isinstance(events[-1], Started)
    assert found is not None and (found.verdict, found.data) == ("different", False)


def test_people_find_an_explanation_the_code_and_the_weights(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ZipFile(path) as archive:
        archive.extractall(tmp_path)
    text = (tmp_path / "README.txt").read_text()
    assert "python -m explorer.training --receipt" in text and digits().hash in text
    with open_receipt(path) as opened:
        assert all(f"{one.test_accuracy:.2%}" in text for one in opened.receipt.finished.results)
    monkeypatch.syspath_prepend(str(tmp_path))
    load = runpy.run_path(str(tmp_path / "use.py"))["load"]
    pictures = torch.rand(3, 1, 8, 8)
    for number in (1, 2):
        network = checkpoint.load(tmp_path / f"contender-{number}.safetensors")[1]
        with torch.no_grad():
            torch.testing.assert_close(load(f"network_{number}")(pictures), network(pictures))


def test_pictures_with_several_labels_are_repeated_too(tmp_path: Path) -> None:
    choices = job(several.contender("Plain"), epochs=2)
    events = list(train(choices, dataset=several.numbers(), directory=tmp_path, how=HOW))
    file = BytesIO()
    write_receipt(file, "Several", choices, events, tmp_path)
    with ZipFile(file) as archive:
        heading, *rows = archive.read("curves.csv").decode().splitlines()
        explained = archive.read("README.txt").decode()
    assert heading.endswith("loss,accuracy,mean_average_precision,mean_auroc")
    [finished] = of(events, Finished)
    assert f"mean average precision {finished.results[0].mean_average_precision:.4f}" in explained
    assert rows[-1].endswith(f",{finished.results[0].mean_auroc}")
    found = agreement(
        OpenReceipt(
            _receipt("Several", events)[0], choices, (tmp_path / "contender-1.safetensors",)
        ),
        [event for event in events if event.kind != "progress"],
        tmp_path,
    )
    assert found.verdict == "same"
    assert [one.what for one in found.results][-1] == "mean auroc of Plain"


@pytest.mark.parametrize(("apart", "verdict"), [(0.001, "close"), (0.3, "different")])
def test_with_several_labels_accuracy_alone_makes_nothing_close(
    apart: float, verdict: str, tmp_path: Path
) -> None:
    """Useless networks answer no and are right most of the time, as good ones are."""
    choices = job(several.contender("Plain"), epochs=1)
    events = list(train(choices, dataset=several.numbers(), directory=tmp_path, how=HOW))
    *before, finished = [event for event in events if event.kind != "progress"]
    assert isinstance(finished, Finished)
    [result] = finished.results
    assert result.mean_auroc is not None
    worse = result.model_copy(update={"mean_auroc": result.mean_auroc - apart})
    again = [*before, finished.model_copy(update={"results": (worse,)})]
    weights = (tmp_path / "contender-1.safetensors",)
    opened = OpenReceipt(_receipt("Several", events)[0], choices, weights)
    assert agreement(opened, again, tmp_path).verdict == verdict


class Payload:
    """Unpickled, it would do harm."""

    def __reduce__(self):
        return (pytest.fail, ("It was unpickled.",))


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        ({"receipt.json": None}, "is no receipt: it has no receipt.json"),
        ({"job.json": None}, "it has no job.json"),
        ({"contender-2.safetensors": None}, "it has no contender-2.safetensors"),
        ({"receipt.json": "{}"}, "receipt.json makes no sense"),
        ({"receipt.json": "[" * 100_000}, "receipt.json makes no sense"),
        ({"receipt.json": " " * 20_000_001}, "has more than 20,000,000 bytes"),
        ({"job.json": " " * 1_000_001}, "has more than 1,000,000 bytes"),
        ({"job.json": job(LINEAR).model_dump_json()}, "other networks than its 1"),
        ({"contender-1.safetensors": b"x" * 3_000_000}, "has more than"),
        ({"contender-1.safetensors": b"\xff" * 1000}, "is cut off or damaged"),
        ({"contender-1.safetensors": pickle.dumps(Payload())}, "is cut off or damaged"),
        ({"contender-1.safetensors": save({"x": torch.zeros(3)})}, "holds other weights"),
    ],
)
def test_what_is_no_receipt_is_refused(path: Path, contents: dict, words: str) -> None:
    changed(path, **contents)
    with pytest.raises(ExplorerError, match=words), open_receipt(path):
        pass


def test_weights_in_another_number_format_are_refused(path: Path, tmp_path: Path) -> None:
    with ZipFile(path) as archive:
        weights = load_file(archive.extract("contender-1.safetensors", tmp_path))
    shortened = save({name: tensor.half() for name, tensor in weights.items()})
    changed(path, **{"contender-1.safetensors": shortened})
    with pytest.raises(ExplorerError, match="holds other weights"), open_receipt(path):
        pass


def test_damaged_zips_and_names_for_terminals_are_refused(path: Path) -> None:
    content = path.read_bytes()
    for broken in (b"", content[: len(content) // 2], b"PK\x05\x06" + bytes(18)):
        path.write_bytes(broken)
        with pytest.raises(ExplorerError, match="Take the zip as it was downloaded"):
            open_receipt(path).__enter__()
    middle = content.index(b"contender-1.safetensors") + 200
    path.write_bytes(content[:middle] + b"~~~~" + content[middle + 4 :])
    with pytest.raises(ExplorerError, match=r"contender-1\.safetensors cannot be read"):
        open_receipt(path).__enter__()
    path.write_bytes(content)
    with_numbers(path, lambda numbers: numbers.update(name="\x1b]0;owned\x07"))
    with pytest.raises(ExplorerError, match="cannot be shown"):
        open_receipt(path).__enter__()


def test_a_plan_that_nobody_computes_by_is_not_followed(path: Path) -> None:
    from explorer.training.export.repetition import _plan

    with open_receipt(path) as opened:
        receipt = opened.receipt
    assert _plan(receipt) == HOW

    def asked(**plan: object) -> Receipt:
        started = receipt.started.model_copy(update={"plan": plan})
        return receipt.model_copy(update={"started": started})

    for plan in (
        {},
        {"precision": "fp32", "threads": 10**6, "step_seconds": 1.0},
        {"precision": "fp16", "threads": 1, "step_seconds": 1.0},
        {"precision": "fp7", "threads": 1, "step_seconds": 1.0},
    ):
        assert _plan(asked(**plan)) is None, plan


def test_the_command_says_it_and_ends_accordingly(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--receipt", str(path), "--out", str(tmp_path / "again")]) == FINISHED
    assert "SAME: every loss" in capsys.readouterr().out
    assert (tmp_path / "again" / "contender-2.safetensors").exists()
    assert main(["--receipt", str(path), "--data", str(path)]) == USAGE
    assert "Leave --data out" in capsys.readouterr().err
    assert main(["--receipt", str(tmp_path / "none.zip")]) == USAGE
    with_numbers(path, lambda numbers: numbers["finished"]["results"][0].update(test_loss=9))
    assert main(["--receipt", str(path), "--json"]) == CLOSE
    found = Agreement.model_validate_json(capsys.readouterr().out.splitlines()[-1])
    assert found.results[0].then == 9 and not found.results[0].same


def test_a_run_on_ones_own_pictures_needs_their_zip(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    zips = [tmp_path / "mine.zip", tmp_path / "other.zip"]
    for number, file in enumerate(zips):
        file.write_bytes(zipped(folders(["dark", "light"], each=12 + number)).getvalue())
    ref = save_upload(BytesIO(zips[0].read_bytes()), "Mine")
    network = LINEAR.model_copy(
        update={
            "input": InputShape(channels=3, height=8, width=8),
            "layers": (Flatten(), Linear(out_features=2)),
        }
    )
    choices = job(network).model_copy(update={"dataset": ref})
    events = list(train(choices, directory=tmp_path / "run", how=HOW))
    with (tmp_path / "receipt.zip").open("wb") as file:
        write_receipt(file, "Mine", choices, events, tmp_path / "run")
    archive_path(ref).unlink()
    command = ["--receipt", str(tmp_path / "receipt.zip")]
    assert main(command) == USAGE
    assert "Name it with --data FILE.zip" in capsys.readouterr().err
    assert main([*command, "--data", str(zips[0])]) == FINISHED
    assert main([*command, "--data", str(zips[1])]) == DIFFERENT
    assert "DIFFERENT DATA" in capsys.readouterr().out
    assert not list((settings().data_dir / "uploads").glob("*.zip"))
