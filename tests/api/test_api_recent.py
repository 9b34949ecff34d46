"""Answers that stand for the same question for a moment."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from otel_lift.api.recent import Recent

_ROWS = [{"a": 1}]


def test_an_answer_stands_for_its_question_of_its_tenant_for_its_time() -> None:
    """The same question of the same tenant is not asked again until the time is over, or something has changed."""
    now, asked = [0.0], list[str]()
    recent = Recent(lambda: now[0])

    def ask(tenant: str, question: str) -> list[dict[str, Any]]:
        return recent.rows(tenant, question, 2.0, lambda: asked.append(f"{tenant} {question}") or _ROWS)  # type: ignore[func-returns-value]

    for _ in range(2):
        assert ask("acme", "one") == _ROWS
        ask("acme", "two")
        ask("birch", "one")
    assert asked == ["acme one", "acme two", "birch one"]
    recent.forget("acme")
    ask("acme", "one")
    ask("birch", "one")
    assert asked[3:] == ["acme one"]
    now[0] += 2
    ask("birch", "one")
    assert asked[4:] == ["birch one"]


def test_who_asks_at_the_same_time_waits_for_one_answer() -> None:
    """Of many who ask the same at once only one puts the question."""
    recent, begun, asked = Recent(), threading.Event(), list[int]()

    def ask() -> list[dict[str, Any]]:
        asked.append(1)
        begun.wait(30)
        return _ROWS

    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(recent.rows, "acme", "one", 60.0, ask) for _ in range(4)]
        begun.set()
        assert [one.result(30) for one in answers] == [_ROWS] * 4
    assert asked == [1]


def test_a_failure_is_told_and_not_kept() -> None:
    """What fails is asked again the next time."""
    recent = Recent()

    def fails() -> list[dict[str, Any]]:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        recent.rows("acme", "one", 60.0, fails)
    assert recent.rows("acme", "one", 60.0, lambda: _ROWS) == _ROWS


def test_large_answers_are_not_kept() -> None:
    """An answer of very many rows is asked anew, so that what is kept stays small."""
    recent, asked = Recent(), list[int]()

    def large() -> list[dict[str, Any]]:
        asked.append(1)
        return _ROWS * 3000

    for _ in range(2):
        recent.rows("acme", "one", 60.0, large)
    assert len(asked) == 2
