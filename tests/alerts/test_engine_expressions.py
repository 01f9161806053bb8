from datetime import date

import ibis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qingqu.alerts.engine.days import chinese_calendar
from qingqu.alerts.engine.expressions import ExpressionError, Kind, Scope, check, column_kind, compile_python
from qingqu.alerts.engine.expressions.batch import compile_ibis

COLUMNS = {
    "amount": "money",
    "quota": "money",
    "meals": "count",
    "day": "date",
    "won": "flag",
    "dept": "text",
    "method": "text",
    "asked": "hashed",
    "passed": "hashed",
}
PARAMETERS = {
    "limit": (Kind("int", "money"), 300),
    "ratio": (Kind("float", "ratio"), 1.2),
    "kinds": (Kind("list", "text"), ["甲", "乙"]),
    "exams": (Kind("list", "date"), [19500, 20000]),
    "limits": (Kind("list", "money"), [500, 300]),
    "by_dept": (Kind("table", "money"), {"甲": 100, "丙": 700}),
}
SCOPE = Scope({name: column_kind(type_) for name, type_ in COLUMNS.items()}, PARAMETERS)
TODAY = 20100


@pytest.mark.parametrize(
    ("asked", "passed", "same"),
    [("a1", "a1", True), ("a1", "b2", False), ("a1 b2", "c3 a1", True), ("a1 b2", "c3", False), ("a1 b2", None, None)],
)
def test_of_several_people_one_is_enough(asked, passed, same):
    for row in ({"asked": asked, "passed": passed}, {"asked": passed, "passed": asked}):
        assert compute("asked == passed", ROW | row) is same
        assert compute("asked != passed", ROW | row) is (None if same is None else not same)


def compute(text, row, scope=SCOPE):
    return compile_python(check(text, scope).node, TODAY, chinese_calendar())(row)


def computed(texts, table):
    """What the whole table says of each of these expressions, row by row."""
    types = {name: "string" if type_ in ("text", "hashed") else "int64" for name, type_ in COLUMNS.items()}
    frame = ibis.memtable([{"n": number, **row} for number, row in enumerate(table)], schema={"n": "int64", **types})
    columns = {
        f"c{n}": compile_ibis(check(text, SCOPE).node, lambda node: frame[node.value], TODAY, chinese_calendar())
        for n, text in enumerate(texts)
    }
    return frame.select("n", **columns).order_by("n").to_pyarrow().to_pylist()


ROW = {
    "amount": 400,
    "quota": None,
    "meals": 7,
    "day": 19997,
    "won": 1,
    "dept": "甲",
    "method": None,
    "asked": "a1 b2",
    "passed": "b2",
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("amount > limit", True),
        ("quota > limit", None),
        ("quota > limit or amount == 400", True),
        ("quota > limit and amount == 400", None),
        ("quota > limit and amount == 1", False),
        ("not quota > limit", None),
        ("missing(quota) and full(dept) and not full(method)", True),
        ("amount / (meals - 7)", None),
        ("amount / 7 if quota > 1 else 2.5", 2.5),
        ("limit < amount <= 400", True),
        ("amount * 3 == 1200", True),
        ("whole(1000 * amount / meals)", 57142),
        ("whole(-amount / meals)", -58),
        ("dept in kinds", True),
        ("method not in kinds", None),
        ("dept in ('丙', '丁')", False),
        ("next_of(exams, day) - day", 3),
        ("lookup(by_dept, dept)", 100),
        ("lookup(by_dept, method)", None),
        ("min2(amount, limit) + max2(amount, quota)", None),
        ("abs(limit - amount)", 100),
        ("today - day", 103),
        ("asked == passed", True),
        ("asked != passed", False),
        ("asked == 'a1'", False),
        ("won and has(dept, '甲')", True),
        ("year(day)", 2024),
        ("month(day)", 2024 * 12 + 9),
        ("next_of(limits, amount)", 500),
        ("next_of(limits, amount + 101)", None),
        ("holiday(day)", True),
    ],
)
def test_what_expressions_say(text, value):
    assert compute(text, ROW) == value


@pytest.mark.parametrize(
    ("text", "number"),
    [("No.00000123", 123), ("2534200000001234567", 534200000001234567), ("12A", None), ("第７", None), ("7 ", None)],
)
def test_the_number_at_the_end_of_a_text(text, number):
    assert compute("ending(dept)", ROW | {"dept": text}) == number


AUTUMN, SPRING = 2025 * 2 + 1, 2026 * 2
TERMS = {
    "2025秋": AUTUMN,
    "2025年秋季学期": AUTUMN,
    "2025-2026学年第一学期": AUTUMN,
    "2025—2026学年度上学期": AUTUMN,
    "2025-2026学年秋季": AUTUMN,
    "2025-2026-1": AUTUMN,
    "2025/2026（一）": AUTUMN,
    "2026春": SPRING,
    "2025-2026学年第二学期": SPRING,
    "2025学年下学期": SPRING,
    "2025-26-2": SPRING,
    "2025-2026春": SPRING,
    "上学期": None,
    "2026-1": None,
    "2026-12": None,
    "2026年第二学期": None,
}


@pytest.mark.parametrize(("text", "number"), TERMS.items())
def test_a_term_as_offices_write_it(text, number):
    assert compute("named_term(dept)", ROW | {"dept": text}) == number
    assert computed(["named_term(dept)"], [{name: (ROW | {"dept": text})[name] for name in COLUMNS}])[0]["c0"] == number


def test_a_term_is_counted_like_the_days_in_it():
    assert compute("term(day)", ROW | {"day": (date(2026, 1, 31) - date(1970, 1, 1)).days}) == AUTUMN
    assert compute("term(day)", ROW | {"day": (date(2026, 2, 1) - date(1970, 1, 1)).days}) == SPRING


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("amonut > 3", "可用的有：amount、asked、day"),
        ("amount > day", "金额不能与日期"),
        ("dept > 3", "文字不能与数值"),
        ("dept < method", "文字不能与文字"),
        ("dept == ''", "missing"),
        ("__import__('os')", "不是可用的函数"),
        ("(lambda: 1)()", "不在可用的写法之内"),
        ("amount.real.imag", "不在可用的写法之内"),
        ("[x for x in kinds]", "不在可用的写法之内"),
        ("amount ** 9", "不在可用的写法之内"),
        ("amount >", "写法有误"),
        ("sum(amount) > 3", "不是可用的函数"),
        ("dept", "应为条件"),
        ("has(dept, method)", "固定文字"),
        ("amount + dept", "应为数值"),
        ("year(amount)", "应为日期"),
        ("lookup(dept, by_dept)", "对照表"),
        ("ending(amount) > 3", "ending"),
        ("amount in kinds", "不能与"),
        ("amount and (" * 600, "过长"),
        ("True", "不在可用的写法之内"),
    ],
)
def test_refusals_name_the_fault(text, part):
    with pytest.raises(ExpressionError) as caught:
        check(text, SCOPE, "condition")
    assert part in caught.value.zh
    assert caught.value.en


def test_a_measure_wants_its_columns_inside_an_aggregate():
    scope = Scope(SCOPE.names, PARAMETERS, aggregates=True)
    assert check("sum(amount) > limit and count_if(won) / count() > 0.5", scope, "condition").names == {"amount", "won"}
    for text in ("amount", "sum(sum(amount))", "median(amount / meals)", "sum(dept)"):
        with pytest.raises(ExpressionError):
            check(text, scope)


rows = st.fixed_dictionaries(
    {
        "amount": st.none() | st.integers(-1000, 1000),
        "quota": st.none() | st.integers(0, 3) | st.integers(-(10**12), 10**12),
        "meals": st.none() | st.integers(0, 3),
        "day": st.none() | st.integers(15000, 20500) | st.integers(-25000, 40000),
        "won": st.none() | st.sampled_from([0, 1]),
        "dept": st.none() | st.sampled_from(["甲", "乙", "丙", "甲乙", "甲007", "9" * 25, "2025秋", "2025-2026-2"]),
        "method": st.none() | st.sampled_from(["甲", "询价"]),
        "asked": st.none() | st.sampled_from(["a1", "b2", "a1 b2"]),
        "passed": st.none() | st.sampled_from(["a1", "b2", "c3 d4", "b2 c3"]),
    }
)


def expressions(depth):
    """Texts of amounts, ratios and conditions, `depth` deep."""
    day = st.sampled_from(["day", "today", "next_of(exams, day)", "(day + 3)"])
    calendar = st.builds("{}({})".format, st.sampled_from(["year", "month", "term"]), day)
    leaf = st.sampled_from(["amount", "quota", "limit", "0", "250", "lookup(by_dept, dept)", "lookup(by_dept, method)"])
    leaf |= st.just("next_of(limits, amount)")
    conditions = ["won", "dept in kinds", "method not in kinds", "has(dept, '乙')", "dept == method", "dept != '甲'"]
    conditions += [
        "ending(dept) > 7",
        "missing(ending(dept))",
        "asked == passed",
        "asked != passed",
        "named_term(dept) < term(today)",
    ]
    simple = st.sampled_from([*conditions, "meals in (1, 3)", "full(method)", "missing(quota)", "amount > limit"])
    if depth == 0:
        return leaf, st.builds("({} / {})".format, leaf, leaf), simple, calendar
    money, ratio, condition, _ = expressions(depth - 1)
    compared = st.sampled_from(["<", "<=", "==", "!=", ">", ">="])
    return (
        st.one_of(
            st.builds("({} {} {})".format, money, st.sampled_from("+-"), money),
            st.builds("({} * {})".format, st.sampled_from(["amount", "limit"]), st.sampled_from(["meals", "2", "-1"])),
            st.builds("{}({}, {})".format, st.sampled_from(["min2", "max2"]), money, money),
            st.builds("abs({})".format, money),
            st.builds("whole({})".format, ratio),
            st.builds("({} if {} else {})".format, money, condition, money),
        ),
        st.one_of(
            st.builds("({} / {})".format, money, money),
            st.builds("({} * ratio)".format, money),
            st.builds("({} * 0.7)".format, ratio),
            st.builds("({} if {} else {})".format, money, condition, ratio),
        ),
        st.one_of(
            st.builds("({} {} {})".format, money, compared, st.one_of(money, ratio)),
            st.builds("({} {} {})".format, calendar, compared, calendar),
            st.builds("({} < {} <= {})".format, money, ratio, money),
            st.builds("({} {} {})".format, condition, st.sampled_from(["and", "or"]), condition),
            st.builds("(not {})".format, condition),
            st.builds("missing({})".format, st.one_of(money, ratio, condition)),
            st.builds("{}({})".format, st.sampled_from(["weekend", "holiday"]), day),
        ),
        calendar,
    )


@settings(max_examples=60, deadline=None)
@given(
    st.lists(rows, min_size=1, max_size=30),
    st.lists(st.one_of(*expressions(1), *expressions(2)), min_size=4, max_size=8),
)
def test_row_by_row_equals_the_whole_table(table, texts):
    closures = [compile_python(check(text, SCOPE).node, TODAY, chinese_calendar()) for text in texts]
    for row, found in zip(table, computed(texts, table), strict=True):
        for n, closure in enumerate(closures):
            expected = closure(row)
            assert found[f"c{n}"] == expected, (texts[n], row)
            assert isinstance(expected, bool) == isinstance(found[f"c{n}"], bool)
