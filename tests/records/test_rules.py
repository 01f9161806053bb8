from datetime import date

import pytest

from qingqu.records.rules import Standing, compare, what_prevents_filing

ENDS = date(2026, 5, 6)
CASES = [
    (Standing(None, None), date(2026, 5, 7), "not_published"),
    (Standing("open", ENDS), date(2026, 5, 6), "running"),
    (Standing("open", ENDS), date(2026, 5, 7), None),
    (Standing("ended", ENDS), date(2026, 5, 7), None),
    (Standing("withdrawn", ENDS), date(2026, 5, 7), "withdrawn"),
    (Standing("ended", ENDS, (("open", False),)), date(2026, 5, 7), "objections"),
    (Standing("ended", ENDS, (("settled", False), ("answered", False))), date(2026, 5, 7), "objections"),
    (Standing("ended", ENDS, (("settled", True),)), date(2026, 5, 7), "changes_needed"),
    (Standing("ended", ENDS, (("settled", False),)), date(2026, 5, 7), None),
    (Standing("ended", ENDS, (), "filed"), date(2026, 5, 7), "already_filed"),
    (Standing("ended", ENDS, (), "accepted"), date(2026, 5, 7), "already_accepted"),
    (Standing("ended", ENDS, (), "returned"), date(2026, 5, 7), None),
    (Standing("ended", ENDS, (), "withdrawn"), date(2026, 5, 7), None),
    (Standing("ended", ENDS, (), "returned", superseded=True), date(2026, 5, 7), "superseded"),
]


@pytest.mark.parametrize(("now", "day", "code"), CASES)
def test_what_prevents_filing(now, day, code):
    assert what_prevents_filing(now, day) == code


def row(code, **fields):
    return {"code": code, "title": f"风险{code}", "level": 2, "measures": [], **fields}


def test_compare_names_what_differs_by_code_and_field():
    pre = {"phase": "前期预防", "text": "双签", "owner": "李明远", "frequency": "每月", "evidence": "验收单"}
    mid = {"phase": "中期监控", "text": "抽查"}
    before = [row("1"), row("2", owner="李明远", measures=[pre]), row("3")]
    after = [row("3"), row("2", owner="吴晓", level=1, measures=[pre, mid]), row("4")]
    found = compare(before, after)
    assert [r["code"] for r in found.added] == ["4"]
    assert [r["code"] for r in found.removed] == ["1"]
    (changed,) = found.changed
    assert changed.code == "2"
    assert [(c.field, c.before, c.after) for c in changed.changes][:2] == [
        ("level", "2", "1"),
        ("owner", "李明远", "吴晓"),
    ]
    assert changed.changes[2].new == ("中期监控：抽查",)
    assert changed.changes[2].gone == ()


def test_equal_lists_do_not_differ_whatever_their_order():
    assert not compare([row("1"), row("2")], [row("2"), row("1")])
