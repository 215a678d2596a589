"""30 runs of 10 people, all queued at once, person by person: the order in which they start."""

from collections import Counter
from collections.abc import Sequence

from tests.runs.faults.scene import Server, ended, new_store
from tests.runs.helpers import make_job

PEOPLE = "ABCDEFGHIJ"
RUNS_EACH = 3


def main() -> None:
    store = new_store()
    ids = {
        store.create(person * 64, make_job(), f"{person}{number}").id: f"{person}{number}"
        for person in PEOPLE
        for number in range(1, RUNS_EACH + 1)
    }
    server = Server(EXPLORER_MAX_WORKERS=2, EXPLORER_SPARE_WORKERS=1)
    runs = [ended(store, run_id) for run_id in ids]
    server.close()
    names = [run.name for run in sorted(runs, key=lambda run: str(run.started))]
    print("asked for: ", *ids.values())
    print("started:   ", *names)
    print(f"nobody was ahead by more than {check_order(names)} turn")


def check_order(names: Sequence[str]) -> int:
    """By how many turns anybody was ever ahead of somebody who still waited.

    Args:
        names: A person's letter and the number of that person's run, in the order of starting.
    """
    started: Counter[str] = Counter()
    most = 0
    for name in names:
        person = name[0]
        assert int(name[1:]) == started[person] + 1, f"{name}: in the order of asking"
        waiting = [other for other in PEOPLE if started[other] < RUNS_EACH and other != person]
        started[person] += 1
        ahead = max((started[person] - started[other] for other in waiting), default=0)
        assert ahead <= 1, f"{name} began before others had their turn"
        most = max(most, ahead)
    return most
