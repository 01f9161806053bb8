"""The shipped indicators as data, and a school's own values put into them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from qingqu.alerts.engine.expressions import ExpressionError
from qingqu.alerts.engine.expressions.kinds import LISTS
from qingqu.alerts.engine.prepared import Context, Schemas, prepare
from qingqu.alerts.engine.spec import AnyCheck, Levels, Parameter, Rule


class Loader(yaml.SafeLoader):
    """YAML in which only true and false are booleans, so that `on` stays a word."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool" or first in "tTfF"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(source: Path | str) -> tuple[Rule, ...]:
    """The rules of a file, of all files of a folder, or of a text: a list, or a list under `rules`."""
    if isinstance(source, Path) and source.is_dir():
        return _unique(rule for file in sorted(source.glob("*.yaml")) for rule in load(file))
    text = source.read_text(encoding="utf-8") if isinstance(source, Path) else source
    entries = yaml.load(text, Loader=Loader)
    if isinstance(entries, dict):
        entries = next(entries[name] for name in ("rules", "indicators") if name in entries)
    return _unique(map(_rule, entries))


def _unique(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    found = tuple(rules)
    codes = [rule.code for rule in found]
    for code in {code for code in codes if codes.count(code) > 1}:
        raise ExpressionError(f"编号「{code}」重复", f"The code “{code}” is used twice")
    return found


def _rule(entry: Mapping[str, Any]) -> Rule:
    try:
        return Rule.model_validate(entry)
    except ValidationError as error:
        code = entry.get("code", "?")
        raise ExpressionError(f"指标「{code}」：{error}", f"Indicator “{code}”: {error}") from error


def faults(rules: Iterable[Rule], schemas: Schemas) -> list[str]:
    """What is wrong with rules: unknown columns, parameters or fields of sentences, types that do not fit."""
    found = []
    for rule in rules:
        for one in rule.checks:
            try:
                prepare(rule, one, schemas, Context(today=0))
            except ExpressionError as error:
                found.append(f"{rule.code}/{one.id}: {error}")
        used = {name for one in rule.checks for name in _parameters(rule, one, schemas)}
        found += [f"{rule.code}: {name} is used nowhere" for name in rule.parameters if name not in used]
        for name, parameter in rule.parameters.items():
            if parameter.local and parameter.value is not None:
                found.append(f"{rule.code}: {name} is a local limit and has a value")
            if not parameter.local and parameter.value is None:
                found.append(f"{rule.code}: {name} has no value")
    return found


def _parameters(rule: Rule, one: AnyCheck, schemas: Schemas) -> frozenset[str]:
    try:
        return prepare(rule, one, schemas, Context(today=0)).parameters
    except ExpressionError:
        return frozenset(rule.parameters)


def effective(
    rule: Rule,
    values: Mapping[str, Any] | None = None,
    levels: Mapping[str, Mapping[str, Any]] | None = None,
    where: Mapping[str, str] | None = None,
    peers: Mapping[str, Sequence[str]] | None = None,
) -> Rule:
    """The rule with a school's parameter values, level maps, further conditions of applicability and peer groups.

    Raises ExpressionError where a value does not fit its parameter.
    """
    parameters = dict(rule.parameters)
    for name, value in (values or {}).items():
        if name not in parameters:
            raise ExpressionError(f"没有参数「{name}」", f"There is no parameter “{name}”")
        parameters[name] = parameters[name].model_copy(update={"value": fitting(parameters[name], value)})
    levels, where, peers = levels or {}, where or {}, peers or {}
    checks = tuple(_own(one, levels.get(one.id), where.get(one.id), peers.get(one.id)) for one in rule.checks)
    return rule.model_copy(update={"parameters": parameters, "checks": checks})


def _own(one: AnyCheck, levels: Mapping[str, Any] | None, where: str | None, peers: Sequence[str] | None) -> AnyCheck:
    changes: dict[str, Any] = {}
    if levels is not None:
        changes["levels"] = Levels.model_validate(levels)
    if where:
        changes["where"] = f"({one.where}) and ({where})" if one.where else where
    if peers:
        changes["peers" if one.primitive == "fence" else "by"] = tuple(peers)
    return one.model_copy(update=changes) if changes else one


def fitting(parameter: Parameter, value: Any) -> Any:
    """The value as its parameter stores it; None stays «待设定». Raises ExpressionError with the remedy."""
    if value is None:
        return None
    zh, en = parameter.name.zh, parameter.name.en
    if parameter.type.endswith("_by_text"):
        if not isinstance(value, dict) or not all(isinstance(key, str) and key for key in value):
            raise ExpressionError(f"“{zh}”应为对照表", f"“{en}” is a table of text and value")
        return {key: _number(parameter, one) for key, one in value.items()}
    if parameter.type in LISTS:
        wanted = str if parameter.type == "texts" else int
        if not isinstance(value, list | tuple) or not all(type(one) is wanted and one != "" for one in value):
            raise ExpressionError(f"“{zh}”应为列表", f"“{en}” is a list")
        return list(value)
    return _number(parameter, value)


def _number(parameter: Parameter, value: Any) -> int | float:
    zh, en = parameter.name.zh, parameter.name.en
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ExpressionError(f"“{zh}”应为数值", f"“{en}” is a number")
    fractional = parameter.type in ("ratio", "share")
    if not fractional and value != int(value):
        raise ExpressionError(f"“{zh}”应为整数", f"“{en}” is a whole number")
    low, high = parameter.low, parameter.high
    if (low is not None and value < low) or (high is not None and value > high):
        least, most = _bound(parameter, low), _bound(parameter, high)
        if high is None:
            raise ExpressionError(f"“{zh}”不少于 {least}", f"“{en}” is at least {least}")
        if low is None:
            raise ExpressionError(f"“{zh}”不超过 {most}", f"“{en}” is at most {most}")
        raise ExpressionError(f"“{zh}”应在 {least} 至 {most} 之间", f"“{en}” lies between {least} and {most}")
    return float(value) if fractional else int(value)


def _bound(parameter: Parameter, limit: float | None) -> str:
    """A bound as people type it: amounts in yuan, quantities in whole units, shares in per cent."""
    if limit is None:
        return "…"
    if parameter.type == "share":
        return f"{limit * 100:,.10g}%"
    return f"{limit / {'money': 100, 'number': 1000}.get(parameter.type.removesuffix('_by_text'), 1):,.12g}"


def awaited(rule: Rule, schemas: Schemas) -> dict[str, tuple[str, ...]]:
    """Check → its parameters without a value («待设定»), because of which the check does not run."""
    waiting = {one.id: prepare(rule, one, schemas, Context(today=0)).awaits for one in rule.checks}
    return {name: parameters for name, parameters in waiting.items() if parameters}
