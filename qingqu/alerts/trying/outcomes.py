"""What a value of a parameter would have brought, as pages, the API and the command line name it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from qingqu.alerts import wording
from qingqu.alerts.engine.spec import Parameter


@dataclass(frozen=True, slots=True)
class Point:
    """A value of the parameter and what it would have brought: in all, a week, in the fullest week."""

    value: Any
    label: str
    total: int
    weekly: float
    most: int
    is_current: bool

    @property
    def monthly(self) -> float:
        """The same for a month of average length."""
        return self.weekly * 365.25 / 12 / 7

    @property
    def text(self) -> str:
        """The value as a question names it."""
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Sample:
    """A finding that a value would have brought, in its sentence."""

    colour: str
    label: str
    sentence: str


def point_of(parameter: Parameter | None, value: Any, total: int, weekly: float, most: int) -> Point:
    """A value in the words of its parameter, marked where it is the present one; none where nothing was varied."""
    if parameter is None:
        return Point(value, "", total, weekly, most, is_current=False)
    label = wording.written(value, wording.kind_of(parameter))
    return Point(value, label, total, weekly, most, value == parameter.value)
