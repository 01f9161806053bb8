"""What an entry says in a sentence. Every app has its own in `acts.py`:

    ACTS = {"declarations.submitted": _("报送了%(obj)s"), …}

`%(obj)s` is the thing; `%(before)s`, `%(after)s` the state words; any name in the entry's `details` may be used too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.apps import apps
from django.utils.functional import Promise
from django.utils.text import camel_case_to_spaces
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qingqu.common.language import said_day

DAY = re.compile(r"\d{4}-\d\d-\d\d")

ACTS: dict[str, str | Promise] = {
    "access.denied": gettext_lazy("未能查看或办理%(obj)s"),
    "access.refused": gettext_lazy("办理%(obj)s未成"),
    "trace.verified": gettext_lazy("核验了留痕，发现 %(problems)s 处不一致"),
    "trace.restored": gettext_lazy("恢复备份后重新签名：此前签到第 %(signed)s 条"),
    "trace.adopted": gettext_lazy("将已有的%(obj)s纳入留痕"),
    "trace.erased": gettext_lazy("依规清除了%(obj)s的留痕内容"),
}
REASONS: set[str] = set()
"""The reasons that the system itself gives and keeps in Chinese; an app names its own in `acts.py`."""
WITHHELD: set[str] = set()
"""Acts whose doer is known to who reads the words of the school's acts, to nobody else; an app names its own in
`acts.py`. They are recorded without him, since everybody may read the log; `by` in the details says who it was."""
FALLBACKS = {
    "viewed": gettext_lazy("查看了%(obj)s"),
    "exported": gettext_lazy("导出了%(obj)s，共 %(rows)s 行"),
    "printed": gettext_lazy("打印了%(obj)s"),
    "refused": gettext_lazy("办理%(obj)s未成"),
}


APPS = {
    "declarations": gettext_lazy("登记表"),
    "risks": gettext_lazy("风险点与措施"),
    "powers": gettext_lazy("权力事项"),
    "campaigns": gettext_lazy("年度工作"),
    "reviews": gettext_lazy("审核"),
    "records": gettext_lazy("公示与备案"),
    "reports": gettext_lazy("台账与统计"),
    "organisation": gettext_lazy("组织与人员"),
    "accounts": gettext_lazy("账号"),
    "library": gettext_lazy("起步库"),
    "notifications": gettext_lazy("消息"),
    "datasets": gettext_lazy("业务数据"),
    "alerts": gettext_lazy("核查提示"),
    "trace": gettext_lazy("留痕"),
}


def known_acts() -> set[str]:
    """Every act that has a sentence, and those that every app may have."""
    apps_here = {act.partition(".")[0] for act in ACTS}
    return {*ACTS, *(f"{app}.{verb}" for app in apps_here for verb in FALLBACKS)}


def is_row(obj: str) -> bool:
    """Whether `obj` names a row, like declarations.declaration:12."""
    label, _colon, key = obj.partition(":")
    try:
        return bool(key and apps.get_model(label))
    except (LookupError, ValueError):
        return False


class _Blanks(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


def reason(text: str) -> str:
    """A reason as people wrote it; one of the system's own in the reader's language."""
    return _(text) if text in REASONS else text


def sentence(act: str, obj: str, said: Mapping[str, Any]) -> str:
    """`act` on `obj` in words; an act that no app describes is shown by its code."""
    known = ACTS.get(act) or FALLBACKS.get(act.rpartition(".")[2])
    if known is None:
        return f"{act} {obj}".strip()
    try:
        words = {name: _day(value) for name, value in said.items()}
        return str(known) % _Blanks(words, obj=_within(obj))
    except (TypeError, ValueError):
        return str(known)


def _day(value: Any) -> Any:
    """A date, kept as 2026-11-27, as the pages say it; anything else as it is."""
    try:
        return said_day(date.fromisoformat(value)) if isinstance(value, str) and DAY.fullmatch(value) else value
    except ValueError:
        return value


def _kind(label: str) -> str:
    """What people call such a thing. Raises LookupError where they have no word for it: it is part of something."""
    meta = apps.get_model(label)._meta
    if meta.verbose_name_raw == camel_case_to_spaces(meta.object_name or ""):
        raise LookupError(label)
    return str(meta.verbose_name)


def name_of(obj: str, title: str = "") -> str:
    """A thing in words: the name of its kind and its own, or its number."""
    label, _colon, key = obj.partition(":")
    try:
        kind = _kind(label)
    except (LookupError, ValueError):
        if title:
            return _("“%(title)s”") % {"title": title}
        part = APPS.get(label.partition(".")[0])
        return _("“%(part)s”中的一项") % {"part": part} if part else _("某项内容")
    if title:
        return _("%(kind)s“%(title)s”") % {"kind": kind, "title": title}
    return _("%(kind)s（编号 %(key)s）") % {"kind": kind, "key": key} if key else kind


def _within(kind: str) -> str:
    """The name of a kind within a sentence: «the review», but «the API key»."""
    return kind[:1].lower() + kind[1:] if not kind[1:2].isupper() else kind
