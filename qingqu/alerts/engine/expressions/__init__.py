"""Conditions and values of rules: Python's syntax, a closed list of it, two ways to compute the same."""

from qingqu.alerts.engine.expressions.checking import Checked, Scope, check
from qingqu.alerts.engine.expressions.kinds import ExpressionError, Kind, column_kind, parameter_kind
from qingqu.alerts.engine.expressions.python import Compute, compile_python

__all__ = [
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
