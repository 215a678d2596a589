"""Uploads that no run was started with are deleted in time, once an hour."""

import asyncio
import os
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from explorer import server
from explorer.datasets import uploads
from explorer.datasets.reference import DatasetRef
from explorer.runs.housekeeping import archives_of_runs, tidy
from explorer.runs.schema import runs_table
from explorer.runs.store import RunStore
from explorer.settings import settings
from tests.datasets import zips
from tests.runs.helpers import ANN, deleted_two_hours_ago, make_job


def old_upload() -> DatasetRef:
    ref = uploads.save_upload(zips.zipped(zips.folders("ab")), "pets", owner=ANN)
    os.utime(uploads.archive_path(ref), (0, 1_600_000_000))
    return ref


def run_on(store: RunStore, ref: DatasetRef) -> str:
    return store.create(ANN, make_job().model_copy(update={"dataset": ref}), "run").id


def test_what_a_run_needs_stays_until_the_run_is_deleted(store: RunStore):
    used, unused = old_upload(), old_upload()
    run_id = run_on(store, used)
    assert archives_of_runs(store) == {used.archive}
    assert tidy(store) == (unused.archive,)
    store.request_stop(run_id, ANN)
    assert tidy(store) == ()
    store.delete(run_id, ANN)
    assert tidy(store) == (), "the run may be brought back"
    deleted_two_hours_ago(store, run_id)
    assert tidy(store) == (used.archive,)


def test_a_run_of_another_release_keeps_its_zip_too(store: RunStore):
    ref = old_upload()
    run_id = run_on(store, ref)
    job = f'{{"data": {{"zips": ["{ref.archive}"]}}, "version": 9}}'
    with store.engine.begin() as connection:
        connection.execute(runs_table.update().values(job=job).where(runs_table.c.id == run_id))
    assert tidy(store) == ()


def test_leftovers_in_the_cache_go_after_a_day(store: RunStore):
    folder = settings().data_dir / "cache"
    folder.mkdir(parents=True)
    old, new = folder / ".old.tmp", folder / ".new.tmp"
    for file in (old, new):
        file.write_bytes(b"half")
    os.utime(old, (0, 1_600_000_000))
    tidy(store)
    assert not old.exists()
    assert new.exists()


def test_the_server_tidies_at_once_and_goes_on_after_a_failure(
    store: RunStore, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    ref = old_upload()
    tries: list[Path] = []

    def at_first_busy(store: RunStore) -> None:
        tries.append(uploads.archive_path(ref))
        if len(tries) == 1:
            raise OperationalError("select", {}, Exception("database is locked"))
        tidy(store)

    async def for_a_while() -> None:
        task = asyncio.create_task(server.housekeeping(store))
        while tries == [] or tries[0].exists():
            await asyncio.sleep(0.01)
        task.cancel()

    monkeypatch.setattr(server, "tidy", at_first_busy)
    monkeypatch.setattr(server, "HOUSEKEEPING_SECONDS", 0.01)
    asyncio.run(asyncio.wait_for(for_a_while(), 30))
    assert len(tries) >= 2
    assert "Could not tidy up the uploads" in caplog.text
