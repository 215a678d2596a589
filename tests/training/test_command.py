"""`python -m explorer.training`, as people call it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from explorer.training import checkpoint
from explorer.training.__main__ import FAILED, FINISHED, INTERRUPTED, USAGE, main
from explorer.training.resume import stored_job, stored_step
from tests.training.jobs import LINEAR, job

TOO_FEW = LINEAR.with_layers(
    [LINEAR.layers[0], LINEAR.layers[1].model_copy(update={"out_features": 7})]
)
ROOT = Path(__file__).resolve().parents[2]


def test_a_preset_is_trained_and_its_result_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--preset", "fast", "--network", "LeNet-5", "--epochs", "1", "--out", str(tmp_path)]
    assert main(asked) == FINISHED
    shown = capsys.readouterr()
    assert shown.out.count("test accuracy") == len(shown.out.splitlines()) == 2
    assert "epoch 1: validation loss" in shown.err
    assert "1 epochs of" in shown.err
    assert checkpoint.load(tmp_path / "contender-1.safetensors")[0].layers
    assert stored_step(tmp_path) is None, "what is over needs no state"


def test_a_job_is_read_and_its_events_written_as_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "job.json"
    path.write_text(job(LINEAR, epochs=3).model_dump_json())
    assert main([str(path), "--epochs", "2", "--json"]) == FINISHED
    kinds = [json.loads(line)["kind"] for line in capsys.readouterr().out.splitlines()]
    assert kinds.count("epoch_end") == 2
    assert kinds[-1] == "finished"


def test_training_that_fails_says_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "job.json"
    broken = job(LINEAR).model_copy(
        update={"contenders": (job(LINEAR).contenders[0].model_copy(update={"network": TOO_FEW}),)}
    )
    path.write_text(broken.model_dump_json())
    assert main([str(path)]) == FAILED
    assert "7 values" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "words"), [(None, "cannot be read"), ("{}", "Field required"), ("x", "JSON")]
)
def test_what_is_no_job_is_refused(
    tmp_path: Path, content: str | None, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "job.json"
    if content is not None:
        path.write_text(content)
    assert main([str(path)]) == USAGE
    assert words in capsys.readouterr().err
    assert main(["--resume", str(tmp_path)]) == USAGE
    assert "does not exist" in capsys.readouterr().err


def test_nothing_and_two_things_at_once_are_refused(tmp_path: Path) -> None:
    for asked in ([], ["a.json", "--preset", "fast"], ["--resume", str(tmp_path), "--seed", "1"]):
        with pytest.raises(SystemExit) as ended:
            main(asked)
        assert ended.value.code == USAGE


def test_interrupted_it_goes_on_where_it_was(tmp_path: Path) -> None:
    path, folder = tmp_path / "job.json", tmp_path / "run"
    path.write_text(job(LINEAR, epochs=300).model_dump_json())
    command = [sys.executable, "-m", "explorer.training"]
    child = subprocess.Popen(
        [*command, path, "--out", folder, "--json"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    last = next(line for line in child.stdout if '"epoch_end"' in line)
    child.send_signal(signal.SIGINT)
    kinds = [json.loads(line)["kind"] for line in [last, *child.stdout]]
    assert child.wait() == INTERRUPTED
    assert kinds[-1] == "suspended"
    step = stored_step(folder)
    assert step and stored_job(folder) == job(LINEAR, epochs=300)
    child.stdout.close()
    done = subprocess.run(
        [*command, "--resume", folder], cwd=ROOT, capture_output=True, text=True, env=os.environ
    )
    assert done.returncode == FINISHED, done.stderr
    assert f"Going on after step {step:,}." in done.stderr
    assert "test accuracy" in done.stdout


def test_folds_and_sweeps_are_told_by_validation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "job.json"
    path.write_text(job(LINEAR).model_dump_json())
    assert main([str(path), "--folds", "2", "--out", str(tmp_path)]) == FINISHED
    shown = capsys.readouterr()
    assert "(mean ± standard deviation of 2 folds)" in shown.out
    assert "test accuracy" not in shown.out and "Fold 2 of 2 · Linear" in shown.err
    assert (tmp_path / "2" / "contender-1.safetensors").is_file()

    sweep = ["--learning-rates", "0.000001", "0.1", "--batch-sizes", "64", "32"]
    assert main([str(path), *sweep]) == FINISHED
    heading, first, *_, last = capsys.readouterr().out.splitlines()
    assert heading == "Linear, by validation accuracy, best first"
    assert "learning rate 0.1" in first and "learning rate 1e-06" in last

    assert main([str(path), "--batch-sizes", "0"]) == USAGE
    assert "batch_size" in capsys.readouterr().err
    for several in (["--folds", "2", "--batch-sizes", "8"], ["--folds", "1"]):
        with pytest.raises(SystemExit):
            main([str(path), *several])
