"""The jobs of a series: the same but for what it is about."""

import pytest
from pydantic import ValidationError

from explorer.training.recipe import Job
from explorer.training.series import cross_validation, sweep
from tests.training.jobs import DROPOUT, LINEAR, job


def test_cross_validation_has_every_fold_once_and_changes_nothing_else():
    series = cross_validation(job(LINEAR, epochs=3), 4)
    folds = [one.fold for _, one in series.members if one.fold]
    assert [(fold.number, fold.of) for fold in folds] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    alone = {"fold": None, "purpose": "training"}
    whole = [one.model_copy(update=alone) for _, one in series.members]
    assert whole == [job(LINEAR, epochs=3)] * 4
    assert series.epochs == 12
    assert all(Job.model_validate_json(one.model_dump_json()) == one for _, one in series.members)


def test_a_sweep_has_every_combination_once():
    series = sweep([job(LINEAR), job(DROPOUT)], [0.1, 0.01], [16, 64])
    found = {
        (one.contenders[0].name, one.recipe.learning_rate, one.recipe.batch_size)
        for _, one in series.members
    }
    assert len(found) == len(series.members) == 8
    names = [name for name, _ in series.members]
    assert names[0] == "Linear · learning rate 0.01 · batch 64"
    assert max(map(len, [*names, series.label])) <= 80
    assert "2 networks" in series.label


def test_a_sweep_out_of_bounds_is_refused():
    with pytest.raises(ValidationError, match="learning_rate"):
        sweep([job(LINEAR)], [11.0], [16])
