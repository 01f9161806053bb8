"""Parse and check an expression: known names, fitting types, nothing outside the closed list."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from qingqu.alerts.engine.expressions.kinds import (
    BOOL,
    COUNT,
    FLOAT,
    INT,
    PEOPLE,
    TEXT,
    ExpressionError,
    Kind,
    describe,
    refuse,
)

ARITHMETIC = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
COMPARISONS = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
FUNCTIONS = {
    "missing": 1,
    "full": 1,
    "abs": 1,
    "whole": 1,
    "min2": 2,
    "max2": 2,
    "year": 1,
    "month": 1,
    "term": 1,
    "weekend": 1,
    "holiday": 1,
    "next_of": 2,
    "lookup": 2,
    "has": 2,
    "ending": 1,
    "named_term": 1,
}
AGGREGATES = {"count": 0, "count_if": 1, "sum": 1, "min": 1, "max": 1, "mean": 1, "median": 1, "distinct": 1}
MEASURED_IN_UNIT = {"date", "moment", "money", "number", "count"}


@dataclass(frozen=True)
class Node:
    """A node of a checked expression: `op` applied to `args`; `value` is the constant, the name, or the list."""

    op: str
    kind: Kind
    args: tuple[Node, ...] = ()
    value: Any = None


@dataclass(frozen=True)
class Scope:
    """The names an expression may use with their kinds, and the parameters with their values."""

    names: Mapping[str, Kind]
    parameters: Mapping[str, tuple[Kind, Any]]
    aggregates: bool = False
    """Whether it is a measure: `count()`, `sum(…)` … over the rows of a group."""


@dataclass(frozen=True)
class Checked:
    """An expression ready to compute; `names` are the names of the scope that it uses."""

    text: str
    node: Node
    names: frozenset[str]
    parameters: frozenset[str]

    @property
    def kind(self) -> Kind:
        return self.node.kind


def check(text: str, scope: Scope, want: Literal["condition", "value", "whole"] = "value") -> Checked:
    """Parse and check `text` in `scope`; `want` says whether a condition, any value or a whole number is expected.

    Raises ExpressionError with a sentence that says what does not fit.
    """
    reader = _Reader(text, scope)
    node = reader.read(_parsed(text))
    if want == "condition":
        node = reader.condition(node)
    elif want == "whole" and node.kind.cls != "int":
        raise refuse(text, "须为整数；比值请写 whole(1000 * a / b)", "must be whole; write whole(1000 * a / b)")
    return Checked(text, node, frozenset(reader.used), frozenset(reader.used_parameters))


@lru_cache(4096)
def _parsed(text: str) -> ast.expr:
    if len(text) > 2000:
        raise ExpressionError("条件过长，请拆成几条", "The condition is too long; split it")
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise refuse(
            text, "写法有误，请检查括号和运算符", "cannot be read; check its brackets and operators"
        ) from error


class _Reader:
    def __init__(self, text: str, scope: Scope) -> None:
        self.text, self.scope = text, scope
        self.used: set[str] = set()
        self.used_parameters: set[str] = set()
        self.inside = False

    def read(self, tree: ast.expr) -> Node:
        method = getattr(self, f"_{type(tree).__name__.lower()}", None)
        if method is None:
            raise self._outside(tree)
        node: Node = method(tree)
        return node

    def condition(self, node: Node) -> Node:
        """A number as a condition holds when it is not 0: `is_winner`."""
        if node.kind.cls == "bool":
            return node
        if node.kind.cls == "int":
            return Node("!=", BOOL, (node, Node("const", INT, value=0)))
        zh, en = describe(node.kind)
        raise refuse(self.text, f"应为条件，现为{zh}", f"should be a condition and is {en}")

    def _outside(self, tree: ast.expr) -> ExpressionError:
        part = ast.unparse(tree)
        return refuse(part, "不在可用的写法之内", "is not among what may be written")

    def _constant(self, tree: ast.Constant) -> Node:
        value = tree.value
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise self._outside(tree)
        if isinstance(value, str):
            if not value:
                raise ExpressionError(
                    "空文本等同于缺失，请写 missing(…)", "An empty text is a missing one: write missing(…)"
                )
            return Node("const", TEXT, value=value)
        if isinstance(value, int):
            if abs(value) >= 2**53:
                raise refuse(str(value), "数值过大", "is too large")
            return Node("const", INT, value=value)
        return Node("const", FLOAT, value=value)

    def _name(self, tree: ast.Name) -> Node:
        return self._named(tree.id)

    def _attribute(self, tree: ast.Attribute) -> Node:
        if not isinstance(tree.value, ast.Name):
            raise self._outside(tree)
        return self._named(f"{tree.value.id}.{tree.attr}")

    def _named(self, name: str) -> Node:
        if self.scope.aggregates and not self.inside and name in self.scope.names:
            raise refuse(name, "须写在 sum、max 等函数之内", "has to stand inside sum(…), max(…) …")
        if name in self.scope.names:
            self.used.add(name)
            return Node("name", self.scope.names[name], value=name)
        if name in self.scope.parameters:
            self.used_parameters.add(name)
            kind, value = self.scope.parameters[name]
            return Node("const", kind, value=value)
        if name == "today":
            return Node("today", Kind("int", "date"))
        known = "、".join(sorted(self.scope.names))
        raise refuse(name, f"不是已有的列或参数；可用的有：{known}", f"is no column or parameter; there are: {known}")

    def _unaryop(self, tree: ast.UnaryOp) -> Node:
        inner = self.read(tree.operand)
        if isinstance(tree.op, ast.Not):
            return Node("not", BOOL, (self.condition(inner),))
        if isinstance(tree.op, ast.USub):
            return Node("neg", self._number(inner).kind, (inner,))
        raise self._outside(tree)

    def _binop(self, tree: ast.BinOp) -> Node:
        op = ARITHMETIC.get(type(tree.op))
        if op is None:
            raise self._outside(tree)
        left, right = self._number(self.read(tree.left)), self._number(self.read(tree.right))
        if op in "+-":
            self._comparable(left, right, adding=True)
        return Node(op, _arithmetic_kind(op, left.kind, right.kind), (left, right))

    def _boolop(self, tree: ast.BoolOp) -> Node:
        parts = tuple(self.condition(self.read(value)) for value in tree.values)
        return Node("and" if isinstance(tree.op, ast.And) else "or", BOOL, parts)

    def _compare(self, tree: ast.Compare) -> Node:
        left, parts = self.read(tree.left), []
        for operator, following in zip(tree.ops, tree.comparators, strict=True):
            if isinstance(operator, ast.In | ast.NotIn):
                right = left
                node = self._member(left, following)
                parts.append(Node("not", BOOL, (node,)) if isinstance(operator, ast.NotIn) else node)
                continue
            symbol = COMPARISONS.get(type(operator))
            if symbol is None:
                raise self._outside(tree)
            right = self.read(following)
            self._comparable(left, right, ordered=symbol not in ("==", "!="))
            parts.append(_compared(symbol, left, right))
            left = right
        return parts[0] if len(parts) == 1 else Node("and", BOOL, tuple(parts))

    def _member(self, item: Node, tree: ast.expr) -> Node:
        if isinstance(tree, ast.Tuple | ast.List):
            members = [self._constant(part) for part in tree.elts if isinstance(part, ast.Constant)]
            if len(members) != len(tree.elts) or not members:
                raise self._outside(tree)
            for member in members:
                self._comparable(item, member)
            return Node("in", BOOL, (item,), tuple(member.value for member in members))
        choice = self.read(tree)
        if choice.kind.cls != "list":
            raise refuse(ast.unparse(tree), "不是列表参数", "is not a list")
        if (item.kind.cls == "text") != (choice.kind.unit == "text"):
            raise self._differ(item.kind, TEXT if choice.kind.unit == "text" else Kind("int", choice.kind.unit))
        return Node("in", BOOL, (item,), tuple(choice.value or ()))

    def _ifexp(self, tree: ast.IfExp) -> Node:
        test = self.condition(self.read(tree.test))
        body, other = self.read(tree.body), self.read(tree.orelse)
        if body.kind.cls == "bool" and other.kind.cls == "bool":
            return Node("if", BOOL, (test, body, other))
        self._comparable(body, other)
        cls = "float" if "float" in (body.kind.cls, other.kind.cls) else body.kind.cls
        return Node("if", Kind(cls, body.kind.unit or other.kind.unit), (test, body, other))

    def _call(self, tree: ast.Call) -> Node:
        if not isinstance(tree.func, ast.Name) or tree.keywords:
            raise self._outside(tree)
        name = tree.func.id
        wanted = AGGREGATES.get(name) if self.scope.aggregates else None
        wanted = FUNCTIONS.get(name) if wanted is None else wanted
        if wanted is None:
            known = "、".join([*(AGGREGATES if self.scope.aggregates else ()), *FUNCTIONS])
            raise refuse(name, f"不是可用的函数；可用的有：{known}", f"is no function here; there are: {known}")
        if len(tree.args) != wanted:
            raise refuse(name, f"需要 {wanted} 个参数", f"takes {wanted} arguments")
        if name in AGGREGATES:
            return self._aggregate(name, tree)
        return self._function(name, [self.read(argument) for argument in tree.args])

    def _aggregate(self, name: str, tree: ast.Call) -> Node:
        if self.inside:
            raise self._outside(tree)
        self.inside = True
        args = tuple(self.read(argument) for argument in tree.args)
        self.inside = False
        if name == "count":
            return Node("agg", COUNT, (), name)
        if name == "count_if":
            return Node("agg", COUNT, (self.condition(args[0]),), name)
        (arg,) = args
        if name == "distinct":
            return Node("agg", COUNT, args, name)
        if name in ("min", "max") and arg.kind.cls in ("int", "text"):
            return Node("agg", arg.kind, args, name)
        if arg.kind.cls != "int":
            raise refuse(
                ast.unparse(tree),
                "只能用于整数；比值请写 whole(1000 * a / b)",
                "takes whole numbers only; write whole(1000 * a / b)",
            )
        if name in ("mean", "median"):
            return Node("agg", Kind("float", arg.kind.unit), args, name)
        return Node("agg", COUNT if arg.kind.unit == "flag" else arg.kind, args, name)

    def _function(self, name: str, args: list[Node]) -> Node:
        first = args[0]
        if name in ("missing", "full"):
            return Node(name, BOOL, (first,))
        if name in ("abs", "whole"):
            number = self._number(first)
            if name == "whole" and number.kind.cls == "int":
                return number
            return Node(name, number.kind if name == "abs" else Kind("int", number.kind.unit), (number,))
        if name in ("min2", "max2"):
            left, right = self._number(first), self._number(args[1])
            self._comparable(left, right)
            cls: Literal["int", "float"] = "float" if "float" in (left.kind.cls, right.kind.cls) else "int"
            return Node(name, Kind(cls, left.kind.unit or right.kind.unit), (left, right))
        if name in ("year", "month", "term", "weekend", "holiday"):
            self._dated(first)
            return Node(name, BOOL if name in ("weekend", "holiday") else INT, (first,))
        if name == "next_of":
            if first.kind.cls != "list" or first.kind.unit not in ("date", "money"):
                raise refuse(
                    self.text,
                    "next_of 的第一项应为日期或金额列表参数",
                    "next_of takes a list of dates or amounts first",
                )
            if first.kind.unit == "date":
                self._dated(args[1])
            else:
                self._comparable(Node("const", Kind("int", "money")), self._number(args[1]))
            return Node(name, Kind("int", first.kind.unit), (args[1],), tuple(sorted(first.value or ())))
        if name == "lookup":
            if first.kind.cls != "table" or args[1].kind.cls != "text":
                raise refuse(self.text, "lookup 应为（对照表参数，文字）", "lookup takes a table and a text")
            return Node(name, Kind("int", first.kind.unit), (args[1],), dict(first.value or {}))
        if name in ("ending", "named_term"):
            if first.kind.cls != "text":
                raise refuse(self.text, f"{name} 应为（文字）", f"{name} takes a text")
            return Node(name, INT, (first,))
        words = args[1]
        if first.kind.cls == "text" and words.kind == Kind("list", "text"):
            return Node(name, BOOL, (first,), tuple(words.value or ()))
        if first.kind.cls != "text" or words.op != "const" or words.kind.cls != "text":
            raise refuse(
                self.text,
                "has 应为（文字，固定文字或文字列表）",
                "has takes a text and a fixed text or a list of texts",
            )
        return Node(name, BOOL, (first,), (words.value,))

    def _dated(self, node: Node) -> None:
        if node.kind.cls != "int" or node.kind.unit not in ("date", ""):
            zh, en = describe(node.kind)
            raise refuse(self.text, f"此处应为日期，现为{zh}", f"wants a date here and got {en}")

    def _number(self, node: Node) -> Node:
        if not node.kind.numeric:
            zh, en = describe(node.kind)
            raise refuse(self.text, f"中有一项应为数值，现为{zh}", f"wants a number and got {en}")
        return node

    def _comparable(self, left: Node, right: Node, *, ordered: bool = False, adding: bool = False) -> None:
        one, two = left.kind, right.kind
        if one.numeric and two.numeric:
            units = {one.unit, two.unit} & MEASURED_IN_UNIT
            if len(units) < 2 or (adding and "count" in units and units & {"date", "moment"}):
                return
        elif one.cls == two.cls == "text" and not ordered:
            return
        raise self._differ(one, two)

    def _differ(self, one: Kind, two: Kind) -> ExpressionError:
        (a, b), (c, d) = describe(one), describe(two)
        return refuse(self.text, f"中{a}不能与{c}相比或相加", f"sets {b} against {d}")


def _compared(symbol: str, left: Node, right: Node) -> Node:
    """People are the same where one of them is among both (验收人“张三、李四”)."""
    if symbol in ("==", "!=") and left.kind == right.kind == PEOPLE:
        shares = Node("shares", BOOL, (left, right))
        return shares if symbol == "==" else Node("not", BOOL, (shares,))
    return Node(symbol, BOOL, (left, right))


def _arithmetic_kind(op: str, one: Kind, two: Kind) -> Kind:
    cls: Literal["int", "float"] = "float" if op == "/" or "float" in (one.cls, two.cls) else "int"
    plain = {"", "ratio", "count", "flag"}
    if op in "+-":
        if op == "-" and one.unit == two.unit and one.unit in ("date", "moment"):
            return Kind(cls, "count")
        unit = one.unit if one.unit not in plain else two.unit
        return Kind(cls, unit if unit not in plain else (one.unit or two.unit))
    if op == "/" and one.unit == two.unit and one.unit:
        return Kind(cls, "ratio")
    if one.unit in plain and two.unit in plain:
        return Kind(cls, one.unit if one.unit == two.unit else ("" if op == "/" else (one.unit or two.unit)))
    if two.unit in plain:
        return Kind(cls, one.unit)
    return Kind(cls, two.unit if op == "*" and one.unit in plain else "")
