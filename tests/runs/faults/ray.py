"""A Ray cluster of two machines (on this one), one of them killed while it trains two runs."""

from typing import Any

from ray.cluster_utils import Cluster

from explorer.training.control import ChangeLearningRate, Pause
from explorer.training.resume import stored_step
from tests.runs.faults.scene import (
    SECONDS,
    Server,
    check_nothing_lost_or_doubled,
    ended,
    learned,
    new_store,
    workers,
)
from tests.runs.helpers import ANN, BEN, ENDLESS, kinds_of, make_job, the_run, wait_for


def main() -> None:
    cluster = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False}
    )
    machines = [cluster.add_node(num_cpus=1) for _ in range(2)]
    try:
        _train(cluster, machines)
    finally:
        cluster.shutdown()


def _train(cluster: Cluster, machines: list[Any]) -> None:
    store = new_store()
    server = Server(EXPLORER_MAX_WORKERS=2, EXPLORER_EXECUTOR="ray", RAY_ADDRESS=cluster.address)
    job = make_job(epochs=400, batch_size=64, schedule="one_cycle")
    alone = store.create(ANN, job, "left alone")
    ended(store, alone.id)
    pair = [store.create(visitor, job, "on a machine") for visitor in (ANN, BEN)]
    for run in pair:
        wait_for(lambda: stored_step(run.directory), "a checkpoint", SECONDS)  # noqa: B023
    cluster.remove_node(machines[0], allow_graceful=False)
    lost = "The machine of the cluster"
    wait_for(
        lambda: any(lost in (the_run(store, run.id).note or "") for run in pair), "it is told", 60
    )
    notes = [note for run in pair if (note := the_run(store, run.id).note)]
    print("one of two machines killed:", *notes)
    for run in pair:
        ended(store, run.id)
        check_nothing_lost_or_doubled(store, run.id)
        assert learned(store, run.id) == learned(store, alone.id)
    print("both runs ended with the losses of the one left alone")

    asked = store.create(ANN, make_job(epochs=ENDLESS), "asked")
    wait_for(lambda: "progress" in kinds_of(store, asked.id), "it trains", SECONDS)
    for wish, answer in (
        (ChangeLearningRate(learning_rate=0.003), "learning_rate_changed"),
        (Pause(), "paused"),
    ):
        store.ask(asked.id, ANN, wish)
        print(answer, f"{wait_for(lambda: answer in kinds_of(store, asked.id), answer):.1f} s")  # noqa: B023
    store.request_stop(asked.id, ANN)
    seconds = wait_for(lambda: the_run(store, asked.id).ended, "it stops")
    assert the_run(store, asked.id).status == "stopped"
    print(f"stopped after {seconds:.1f} s")
    wait_for(lambda: not workers(), "no process is left behind")
    server.close()
