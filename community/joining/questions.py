"""Questions: what an applicant is asked; one to seven, each a text, a choice or a tick (RULES 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kernel import texts
from kernel.errors import Invalid


@dataclass(frozen=True)
class Question:
    """One question: its key names the sentence `community.question.<key>`; `least` counts a CJK character as two."""

    key: str
    kind: str
    least: int = 1
    most: int = 1200
    choices: tuple[str, ...] = ()


ASKED = (
    Question("make", "text", least=40),
    Question("stage", "choice", choices=("starting", "selling", "living")),
    Question("learn", "text", least=40),
    Question("give", "text", least=40),
    Question("hours", "tick"),
)


def kept(answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers to what was asked, cut to their length; everything else is dropped."""
    texts_ = {q.key: str(answers.get(q.key) or "")[: q.most] for q in ASKED if q.kind != "tick"}
    return {**texts_, **{q.key: bool(answers.get(q.key)) for q in ASKED if q.kind == "tick"}}


def check(answers: Mapping[str, Any]) -> None:
    """Raise Invalid at the first question without a sufficient answer."""
    for question in ASKED:
        if not _answered(question, answers.get(question.key)):
            raise Invalid("community.answer_needed", field=question.key)


def _answered(question: Question, answer: Any) -> bool:
    if question.kind == "tick":
        return answer is True
    if question.kind == "choice":
        return answer in question.choices
    return texts.weight(str(answer or "")) >= question.least
