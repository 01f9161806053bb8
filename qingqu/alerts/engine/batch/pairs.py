"""Checks of who appears with whom: equal digests in two tables, bidders that always come together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ibis

from qingqu.alerts.engine.batch.frames import Table, Tables, column, expression, fetched, frame, people, present
from qingqu.alerts.engine.hits import Hit
from qingqu.alerts.engine.prepared import OTHER, Prepared
from qingqu.alerts.engine.spec import Companions, Link


def link(p: Prepared, check: Link, tables: Tables) -> Iterator[Hit]:
    """One hit for each shared digest, with all rows of both tables that share it."""
    rows, unless = frame(p, tables), p.own.get("unless")
    used = {name.removeprefix(OTHER) for name in unless.names if name.startswith(OTHER)} if unless else set()
    for mine, theirs in check.pairs:
        named = {column(OTHER + name): name for name in sorted({*used, theirs})}
        other = tables[check.other].select("id", "school", *named.values())
        other = other.rename({"o_id": "id", "o_school": "school", **named})
        each = p.types[mine] == "hashed"
        ours = rows.mutate(shared=people(rows[mine]) if each else rows[mine])
        other = other.mutate(o_shared=people(other[column(OTHER + theirs)]) if each else other[column(OTHER + theirs)])
        both = ours.join(other, [ours["school"] == other["o_school"], ours["shared"] == other["o_shared"]])
        if check.other == p.dataset:
            both = both.filter(both["id"] != both["o_id"])
        if unless:
            both = both.filter(~expression(p, unless, both).fill_null(False))
        found = both.group_by(["school", "shared"]).agg(
            rows=both["id"].nunique(),
            others=both["o_id"].nunique(),
            **{name: both[column(name)].min() for name in p.texts},
            ids=both["id"].collect(),
            o_ids=both["o_id"].collect(),
            day=both[column(p.day)].max() if p.day else both["id"].max() * 0,
        )
        for row in fetched(found):
            key = (mine, theirs, row["shared"])
            yield p.hit(row["school"], key, row, {*row["ids"], *row["o_ids"]}, row["day"])


def companions(p: Prepared, check: Companions, tables: Tables) -> Iterator[Hit]:
    """Sets of `size` members that occur together in at least `times` groups, each won by one of them."""
    rows = present(frame(p, tables), (*p.by, check.member))
    size, times = p.amount(check.size), p.amount(check.times)
    group = ["school", *map(column, p.by)]
    rows = rows.mutate(m=rows[column(check.member)], won=rows[column(check.winner)].fill_null(0))
    seats = rows.group_by([*group, "m"]).agg(
        won=rows["won"].max(), ids=rows["id"].collect(),
        day=rows[column(p.day)].max() if p.day else rows["id"].max() * 0,
    )  # fmt: skip
    often = seats.group_by(["school", "m"]).agg(groups=seats.count())
    often = often.filter(often["groups"] >= times).rename(f_school="school", f_m="m")
    kept = seats.semi_join(often, [seats["school"] == often["f_school"], seats["m"] == often["f_m"]])
    sets = _together(kept, group, size)
    key = [f"m_{n}" for n in range(size)]
    won = sets["w_0"]
    for n in range(1, size):
        won = won + sets[f"w_{n}"]
    sets = sets.mutate(won=won, winner=_winner(sets, size))
    found = sets.group_by(["school", *key]).agg(
        times=sets.count(),
        wins=ibis.ifelse(sets["won"] > 0, 1, 0).sum(),
        winners=sets["winner"].nunique(),
        day=sets["d_0"].max(),
        **{f"i_{n}": sets[f"i_{n}"].collect() for n in range(size)},
    )
    for row in fetched(found.filter((found["times"] >= times) & (found["wins"] == found["times"]))):
        members = tuple(row[name] for name in key)
        ids = {one for n in range(size) for group_ids in row[f"i_{n}"] for one in group_ids}
        yield p.hit(row["school"], members, row, ids, row["day"])


def _together(seats: Table, group: list[str], size: int) -> Table:
    """Every set of `size` members of a group, its members in ascending order."""
    sets = seats.rename(m_0="m", w_0="won", i_0="ids", d_0="day")
    for n in range(1, size):
        names = {f"g{n}_{k}": name for k, name in enumerate(group)}
        more = seats.rename({f"m_{n}": "m", f"w_{n}": "won", f"i_{n}": "ids", f"d_{n}": "day", **names})
        same = [sets[name] == more[f"g{n}_{k}"] for k, name in enumerate(group)]
        sets = sets.join(more, [*same, sets[f"m_{n - 1}"] < more[f"m_{n}"]]).drop(*names)
    return sets


def _winner(sets: Table, size: int) -> Any:
    return ibis.cases(*((sets[f"w_{n}"] > 0, sets[f"m_{n}"]) for n in range(size)), else_=None)
