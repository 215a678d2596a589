"""What the README shows works as shown."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def test_the_python_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(example, "README.md", "exec"), {})
    assert capsys.readouterr().out.splitlines() == [
        *("conv1 (16, 28, 28) 160", "pool1 (16, 14, 14) 0"),
        *("conv2 (32, 12, 12) 4640", "pool2 (32, 7, 7) 0"),
        *("conv3 (64, 7, 7) 2112", "conv4 (4, 3, 3) 6404"),
        *("flatten1 (36,) 0", "fc1 (10,) 370"),
    ]


def test_every_file_it_links_to_is_there() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", README)
    local = [link for link in links if "://" not in link]
    assert local
    assert [link for link in local if not (ROOT / link).is_file()] == []


def test_every_make_target_it_names_exists() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    lines = re.findall(r"^make ([^#\n]+)", README, re.MULTILINE)
    named = {word for line in lines for word in line.split() if "=" not in word}
    assert named and named <= targets
