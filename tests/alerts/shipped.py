"""The rules as they are shipped, with every local limit set, and rows that come near what they look for."""

import ast
import random
from decimal import Decimal
from functools import cache
from pathlib import Path

import qingqu.alerts
from qingqu.alerts.engine.batch import compute
from qingqu.alerts.engine.catalogue import effective, load
from qingqu.alerts.engine.prepared import Context, prepare
from qingqu.alerts.indicators import grading
from qingqu.datasets.catalogue import templates
from qingqu.datasets.cells import PARSERS
from tests.alerts import cases
from tests.alerts.world import World

SCHEMAS = {code: template.schema() for code, template in templates().items()}
RULES = load(Path(qingqu.alerts.__file__).parent / "data")
TODAY = int(PARSERS["date"](cases.TODAY))
LOCAL = {"money": 3_000_000, "number": 5_000, "count": 3, "days": 30, "share": 0.1, "texts": ["甲"], "dates": [20020]}


def in_force(rule):
    """The rule as at a school that has set all local limits."""
    values = {}
    for name, parameter in rule.parameters.items():
        if parameter.value is None:
            kind = parameter.type.removesuffix("_by_text")
            values[name] = LOCAL[kind] if kind == parameter.type else {"甲": LOCAL[kind], "乙": LOCAL[kind] * 2}
    return effective(rule, values)


def as_in_cases(rule):
    """The same with the limits that the cases assume, where they do."""
    return in_force(cases.rule_of(rule.code))


def _texts(what):
    """All fixed texts in the expressions of a rule."""
    if isinstance(what, dict):
        return {text for one in what.values() for text in _texts(one)}
    if isinstance(what, list | tuple):
        return {text for one in what for text in _texts(one)}
    found = set()
    if isinstance(what, str) and ("'" in what or '"' in what):
        try:
            found = {n.value for n in ast.walk(ast.parse(what)) if isinstance(n, ast.Constant) and type(n.value) is str}
        except SyntaxError:
            return set()
    return found


@cache
def values():
    """Data set → column → what its cells may hold: near the limits, with the words that rules ask for."""
    words = {dataset: {"甲", "乙", "票001", "票002", "票003"} for dataset in SCHEMAS}
    numbers = {dataset: {1, 2, 3} for dataset in SCHEMAS}
    for rule in map(as_in_cases, RULES):
        for check in rule.checks:
            for dataset in {
                rule.dataset,
                check.dataset or rule.dataset,
                *(join.dataset for join in check.joins.values()),
            }:
                parts = check.model_dump(exclude={"sentence", "name"})
                words[dataset] |= _texts(parts) | set(parts.get("first", ())) | set(parts.get("then", ()))
                for parameter in rule.parameters.values():
                    if parameter.type == "texts":
                        words[dataset] |= set(parameter.value[:4])
                    elif isinstance(parameter.value, int) and parameter.value < 10**9:
                        numbers[dataset] |= {parameter.value - 1, parameter.value, parameter.value * 4 // 3}
    return {
        dataset: {column: _cells(type_, words[dataset], numbers[dataset]) for column, type_ in columns.items()}
        for dataset, columns in SCHEMAS.items()
    }


def _cells(type_, words, numbers):
    return {
        "text": sorted(words),
        "hashed": ["h1", "h2", "h3", "h4", "h1 h2", "h4 h5"],
        "money": sorted({number * k for number in numbers for k in (1, 100)} | {0, 100_000}),
        "number": sorted({number * 1000 for number in numbers if number < 1000} | {0, 1500}),
        "count": sorted({number for number in numbers if number < 100} | {0, 40}),
        "date": [*range(20000, 20010), *range(20000, 20120, 7)],
        "moment": [day * 1440 + minute for day in range(20000, 20012) for minute in (540, 600)],
        "flag": [0, 1],
    }[type_]


def filled(seed, rows=60):
    """Random rows of two schools, and a school for each planted case, so that every check finds something."""
    chance, world = random.Random(seed), World(SCHEMAS)
    for place, (dataset, columns) in enumerate(values().items()):
        for n in range(rows):
            row = {c: None if chance.random() < 0.06 else chance.choice(some) for c, some in columns.items()}
            world.put(dataset, n * 100 + place, 2 if n % 4 == 0 else 1, row)
    number = rows * 100
    for school, case in enumerate(planted(), start=3):
        for dataset, planted_rows in case.rows.items():
            for row in planted_rows:
                number += 1
                world.put(dataset, number, school, row)
    return world


@cache
def planted():
    return [case for case in cases.cases() if case.kind == "planted"]


def graded(rule):
    """The level maps of a rule with other numbers in them, such as a school may choose, awkward ones among them."""
    found = {}
    for check in rule.checks:
        among = grading.thresholds(rule, check, check.levels)
        chosen = {one.name: one.value + 1 if one.unit else one.value * Decimal("0.7") + Decimal("0.3") for one in among}
        if among:
            found[check.id] = grading.with_values(check.levels, chosen, among)
    return found


@cache
def regraded():
    """The checks whose level map has fixed numbers, with other ones."""
    found = {}
    for name, p in prepared().items():
        levels = graded(p.rule)
        if p.check.id in levels:
            rule = effective(p.rule, levels=levels)
            check = next(one for one in rule.checks if one.id == p.check.id)
            found[name] = prepare(rule, check, SCHEMAS, p.context)
    return found


@cache
def prepared():
    """Every shipped check by «rule/check», with medians of peers of a world of its own."""
    first, tables = Context(TODAY), filled(1).tables()
    medians = {
        (rule.code, check.id): compute(prepare(as_in_cases(rule), check, SCHEMAS, first), tables)
        for rule in RULES
        for check in as_in_cases(rule).checks
        if check.primitive == "peer"
    }
    context = Context(TODAY, snapshots=medians)
    rules = map(as_in_cases, RULES)
    return {f"{r.code}/{c.id}": prepare(r, c, SCHEMAS, context) for r in rules for c in r.checks}
