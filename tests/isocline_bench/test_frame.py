"""The frame: records are written once, tables compare like with like, `--only` chooses."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from isocline_bench import Suite, Task, load_suite, read_records, run_suite, suite_names, table_of
from isocline_run import UserError


class Counter:
    """A measurement that counts how often it is made."""

    def __init__(self, error: float) -> None:
        self.error = error
        self.calls = 0

    def __call__(self, budget: float) -> dict[str, float]:
        self.calls += 1
        return {"error": self.error * budget}


@pytest.fixture
def counters() -> dict[tuple[str, int], Counter]:
    return {
        ("ours", 0): Counter(1e-6),
        ("ours", 1): Counter(3e-6),
        ("ours", 2): Counter(2e-6),
        ("peer", 0): Counter(2e-2),
    }


@pytest.fixture
def suite(counters: dict[tuple[str, int], Counter]) -> Suite:
    tasks = tuple(Task("case A", method, seed, c) for (method, seed), c in counters.items())
    quoted = {"case A": {"Paper 2026": 4e-4}}
    return Suite("test/frame", "who is closer", "error", "ours", 1.0, tasks, quoted)


def quiet(line: str) -> None:
    del line


def test_every_task_leaves_one_record_with_what_it_measured(tmp_path: Path, suite: Suite) -> None:
    run_suite(suite, tmp_path, say=quiet)
    records = read_records(tmp_path, suite.name)
    assert len(records) == 4
    record = next(r for r in records if r.method == "peer")
    assert record.numbers == {"error": 2e-2}
    assert record.budget == 1.0
    assert record.seconds >= 0
    assert {"torch", "deepxde", "numpy"} <= set(record.versions)
    assert record.machine["cores"].isdigit()


def test_a_task_with_a_record_is_not_run_again(
    tmp_path: Path, suite: Suite, counters: dict
) -> None:
    run_suite(suite, tmp_path, say=quiet)
    said: list[str] = []
    assert run_suite(suite, tmp_path, say=said.append) == []
    assert all(counter.calls == 1 for counter in counters.values())
    assert all("pass --again" in line for line in said)
    run_suite(suite, tmp_path, again=True, say=quiet)
    assert all(counter.calls == 2 for counter in counters.values())


def test_a_suite_that_was_cut_short_goes_on_where_it_stopped(
    tmp_path: Path, suite: Suite, counters: dict
) -> None:
    run_suite(suite, tmp_path, only="ours", say=quiet)
    assert counters["peer", 0].calls == 0
    run_suite(suite, tmp_path, say=quiet)
    assert counters["ours", 0].calls == 1
    assert counters["peer", 0].calls == 1


def test_a_task_that_kills_the_process_twice_is_recorded_as_failed(
    tmp_path: Path, suite: Suite, counters: dict
) -> None:
    folder = tmp_path / "test-frame"
    folder.mkdir()
    name = suite.tasks[0].name
    (folder / f"{name}--1s.begun").write_text("1")
    (folder / f"{suite.tasks[1].name}--1s.begun").write_text("2")
    run_suite(suite, tmp_path, say=quiet)
    assert counters["ours", 0].calls == 1
    assert counters["ours", 1].calls == 0
    assert not list(folder.glob("*.begun"))
    failed = [record for record in read_records(tmp_path, suite.name) if record.failure]
    assert [record.seed for record in failed] == [1]
    assert "killed twice in the middle of this task" in failed[0].failure
    run_suite(suite, tmp_path, again=True, say=quiet)
    assert not any(record.failure for record in read_records(tmp_path, suite.name))


def test_a_task_that_the_user_interrupts_is_begun_again(tmp_path: Path, suite: Suite) -> None:
    def interrupted(budget: float) -> dict[str, float]:
        raise KeyboardInterrupt

    only = replace(suite, tasks=(Task("case A", "ours", 0, interrupted),))
    with pytest.raises(KeyboardInterrupt):
        run_suite(only, tmp_path, say=quiet)
    assert not list((tmp_path / "test-frame").iterdir())


def test_a_broken_task_is_recorded_and_the_others_go_on(tmp_path: Path, suite: Suite) -> None:
    def broken(budget: float) -> dict[str, float]:
        raise UserError("it does not fit")

    tasks = (Task("case A", "peer", 7, broken), *suite.tasks)
    said: list[str] = []
    run_suite(replace(suite, tasks=tasks), tmp_path, say=said.append)
    assert said[0].startswith("case-a--peer--seed7: it does not fit in ")
    records = read_records(tmp_path, suite.name)
    assert len(records) == 5
    # The failure leaves the medians as they were.
    assert table_of(suite, records).rows[0][-2] == "0.02 (×1e+04)"


def test_only_takes_a_pattern_of_a_task_a_case_or_a_method(tmp_path: Path, suite: Suite) -> None:
    assert len(run_suite(suite, tmp_path, only="*seed0", say=quiet)) == 2
    assert len(run_suite(suite, tmp_path, only="case A", say=quiet)) == 2


def test_only_that_names_nothing_lists_the_tasks(tmp_path: Path, suite: Suite) -> None:
    with pytest.raises(
        UserError, match="No task of test/frame is called 'theirs'; its tasks are case-a--ours"
    ):
        run_suite(suite, tmp_path, only="theirs", say=quiet)


def test_the_table_shows_medians_and_the_ratio_of_each_peer(tmp_path: Path, suite: Suite) -> None:
    run_suite(suite, tmp_path, say=quiet)
    table = table_of(suite, read_records(tmp_path, suite.name))
    assert table.header == ("case", "budget", "seeds", "ours", "peer", "Paper 2026 (published)")
    assert table.rows == (("case A", "1 s", "3", "2e-06", "0.02 (×1e+04)", "0.0004 (×200)"),)
    assert "| case A | 1 s | 3 | 2e-06 |" in table.markdown()


def test_different_budgets_are_different_rows(tmp_path: Path, suite: Suite) -> None:
    run_suite(suite, tmp_path, say=quiet)
    run_suite(suite, tmp_path, budget=10.0, say=quiet)
    rows = table_of(suite, read_records(tmp_path, suite.name)).rows
    assert sorted(row[1] for row in rows) == ["1 s", "10 s"]


def test_a_broken_record_is_named(tmp_path: Path, suite: Suite) -> None:
    run_suite(suite, tmp_path, only="peer", say=quiet)
    (path,) = (tmp_path / "test-frame").glob("*.json")
    path.write_text(json.dumps({"suite": "test/frame"}))
    with pytest.raises(
        UserError, match=r"is not a benchmark record .*; delete it and run the task again"
    ):
        read_records(tmp_path, suite.name)


def test_registered_suites_load_and_name_their_own_method() -> None:
    assert {"pinn/burgers", "forecast/ett"} <= set(suite_names())
    for name in suite_names():
        suite = load_suite(name)
        assert suite.name == name
        assert suite.ours in {task.method for task in suite.tasks}
        assert len({task.name for task in suite.tasks}) == len(suite.tasks)


def test_an_unknown_suite_offers_a_near_name() -> None:
    with pytest.raises(
        UserError, match="no benchmark suite 'pinn/burger'; did you mean 'pinn/burgers'"
    ):
        load_suite("pinn/burger")
