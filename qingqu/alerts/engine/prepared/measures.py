"""Measures over a group's rows, split into the aggregates from which they are computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qingqu.alerts.engine.expressions import Kind, Scope, check
from qingqu.alerts.engine.expressions.checking import Node
from qingqu.alerts.engine.expressions.kinds import BOOL


@dataclass(frozen=True)
class Atom:
    """One `sum(…)`, `count()` … as it is computed over the rows of a group."""

    name: str
    function: str
    arg: Node | None
    kind: Kind


@dataclass(frozen=True)
class Measures:
    """Named values over a group's rows: atoms first, then what is computed from them."""

    atoms: tuple[Atom, ...]
    named: Mapping[str, Node]
    uses: frozenset[str]
    parameters: frozenset[str] = frozenset()

    @property
    def kinds(self) -> dict[str, Kind]:
        return {name: node.kind for name, node in self.named.items()}


def take_apart(texts: Mapping[str, str], scope: Scope) -> Measures:
    """Check measures and split them into atoms, each only once. Raises ExpressionError as `check` does."""
    atoms: dict[tuple[str, tuple[Node, ...]], Atom] = {}
    named: dict[str, Node] = {}
    uses: set[str] = set()
    parameters: set[str] = set()

    def atomic(node: Node) -> Node:
        if node.op != "agg":
            return Node(node.op, node.kind, tuple(map(atomic, node.args)), node.value)
        arg = node.args[0] if node.args else None
        atom = atoms.setdefault(_frozen(node), Atom(f"a_{len(atoms)}", node.value, arg, node.kind))
        return Node("name", node.kind, value=atom.name)

    for name, text in texts.items():
        checked = check(text, scope)
        node = atomic(checked.node)
        if node.kind == BOOL:
            flag = Kind("int", "flag")
            node = Node("if", flag, (node, Node("const", flag, value=1), Node("const", flag, value=0)))
        named[name] = node
        uses |= checked.names
        parameters |= checked.parameters
    return Measures(tuple(atoms.values()), named, frozenset(uses), frozenset(parameters))


def _frozen(node: Node) -> Any:
    """A node as something that can be compared and hashed."""
    value = node.value
    if isinstance(value, dict):
        value = tuple(sorted(value.items()))
    elif isinstance(value, list):
        value = tuple(value)
    return (node.op, value, tuple(map(_frozen, node.args)))
