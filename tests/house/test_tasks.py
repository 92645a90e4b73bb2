"""Tasks are kicks: keyword-only, ids at most, and tolerant of what a newer publisher adds."""

import inspect

import pytest

from itb.celery import app

app.loader.import_default_modules()
OURS = [task for name, task in app.tasks.items() if not name.startswith("celery.")]


def test_there_are_tasks() -> None:
    assert {task.name for task in OURS} == {
        "alerts.tasks.sweep",
        "itb.morning.tasks.make_lists",
        "itb.outbox.tasks.drain",
        "itb.accounts.tasks.forget_sessions",
    }


@pytest.mark.parametrize("task", sorted(OURS, key=lambda task: task.name), ids=lambda task: task.name)
def test_a_task_takes_keywords_only_and_tolerates_unknown_ones(task: object) -> None:
    parameters = inspect.signature(task.run).parameters.values()  # type: ignore[attr-defined]
    assert any(each.kind is inspect.Parameter.VAR_KEYWORD for each in parameters)
    for each in parameters:
        assert each.kind in (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD)
        assert each.kind is inspect.Parameter.VAR_KEYWORD or each.name.endswith(("_id", "_ids"))


def test_beat_asks_only_for_tasks_that_exist() -> None:
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)


def test_a_task_is_acknowledged_early_and_leaves_no_result() -> None:
    for task in OURS:
        assert not task.acks_late
        assert task.ignore_result
