"""Jobs as they are read again and again."""

from explorer.runs.record import Jobs
from tests.runs.helpers import make_job

TEXTS = [make_job(seed=seed).model_dump_json() for seed in range(10, 14)]


def test_the_jobs_asked_for_last_are_kept_as_far_as_there_is_room() -> None:
    jobs = Jobs(most_characters=sum(map(len, TEXTS[:3])))
    first, second, third = (jobs.read(text) for text in TEXTS[:3])
    assert jobs.read(TEXTS[0]) is first
    jobs.read(TEXTS[3])
    assert jobs.read(TEXTS[0]) is first
    assert jobs.read(TEXTS[2]) is third
    again = jobs.read(TEXTS[1])
    assert again is not second and again == second == make_job(seed=11)


def test_a_job_longer_than_all_the_room_is_read_and_not_kept() -> None:
    jobs = Jobs(most_characters=len(TEXTS[0]) - 1)
    job = jobs.read(TEXTS[0])
    assert job == make_job(seed=10)
    assert jobs.read(TEXTS[0]) is not job
