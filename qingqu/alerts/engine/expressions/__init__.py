"""Expressions of rules: a closed subset of Python's syntax, computed in two equivalent ways."""

from qingqu.alerts.engine.expressions.checking import Checked, Scope, check
from qingqu.alerts.engine.expressions.kinds import PEOPLE, ExpressionError, Kind, column_kind, parameter_kind
from qingqu.alerts.engine.expressions.python import Compute, compile_python

__all__ = [
    "PEOPLE",
    "Checked",
    "Compute",
    "ExpressionError",
    "Kind",
    "Scope",
    "check",
    "column_kind",
    "compile_python",
    "parameter_kind",
]
