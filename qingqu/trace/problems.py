"""What a verification finds, in sentences that name the thing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qingqu.trace.sentences import name_of

SENTENCES = {
    "row-changed": gettext_lazy("%(obj)s的内容与最后一条留痕不一致：有人绕过系统改动过数据库"),
    "row-deleted": gettext_lazy("%(obj)s已不在数据库中，却没有删除它的留痕"),
    "row-inserted": gettext_lazy("%(obj)s没有任何留痕：它不是通过系统录入的"),
    "words-changed": gettext_lazy("第 %(position)s 条留痕（%(obj)s）的文字内容被改动过"),
    "entry-changed": gettext_lazy("第 %(position)s 条留痕（%(obj)s）被改动过"),
    "entry-missing": gettext_lazy("第 %(position)s 条留痕缺失"),
    "entry-extra": gettext_lazy("第 %(position)s 条留痕（%(obj)s）不在日志长度之内"),
    "entries-lost": gettext_lazy("待入册的留痕编号不连续，缺 %(count)s 条"),
    "tile-wrong": gettext_lazy("日志的第 %(level)s 层第 %(number)s 块与留痕不一致"),
    "root-wrong": gettext_lazy("日志的根与留痕不一致：日志在第 %(size)s 条之前被改写过"),
    "checkpoint-wrong": gettext_lazy(
        "第 %(size)s 条处的检查点与留痕不一致：第 %(from)s 条至第 %(size)s 条之间被改写过"
    ),
    "signature-wrong": gettext_lazy("第 %(size)s 条处的检查点签名无效"),
    "signer-ahead": gettext_lazy("签名者签过 %(size)s 条，日志只有 %(have)s 条：日志被截短或数据库被回退"),
    "signer-differs": gettext_lazy("签名者在第 %(size)s 条处签过另一个根：日志被改写过"),
    "waiting": gettext_lazy("有留痕自 %(since)s 起未入册：后台任务没有运行"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that does not agree; `str()` says it in the reader's language and counts from one."""

    kind: str
    about: dict[str, Any] = field(default_factory=dict)
    title: str = ""
    """What the thing is called. Never kept with the verification: names stand where they can be erased."""

    @property
    def obj(self) -> str:
        """The name of the row, like risks.riskpoint:12; empty where it is not about a row."""
        return str(self.about.get("obj", ""))

    def __str__(self) -> str:
        counted: dict[str, Any] = {name: self.about[name] + 1 for name in ("position", "from") if name in self.about}
        words: dict[str, Any] = {**self.about, **counted, "obj": name_of(self.obj, self.title)}
        return str(SENTENCES[self.kind]) % words if self.kind in SENTENCES else _("未知问题")
