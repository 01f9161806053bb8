"""The rule's reasons in sentences."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from qingqu.common.language import listed
from qingqu.common.templatetags.ui import level_word
from qingqu.risks.rules import Suggestion, scoring

# The words of scoring.yaml, marked for the catalogue; a test holds both together.
WORDS = (
    gettext_noop("是否直接决定人财物的归属或金额"),
    gettext_noop("是否有较大的自由裁量（标准可松可紧、先后可调）"),
    gettext_noop("是否需要公开、集体决策或重点监督"),
    gettext_noop("虽不直接支配人财物，能否借工作便利影响结果"),
    gettext_noop("近五年本地教育系统是否通报过同类案件或社会反映强烈"),
    gettext_noop("直接决定人财物"),
    gettext_noop("裁量空间较大"),
    gettext_noop("须公开或集体决策"),
    gettext_noop("可借工作便利影响结果"),
    gettext_noop("近五年有同类案件通报"),
    gettext_noop("几乎不会"),
    gettext_noop("偶有可能"),
    gettext_noop("有可能"),
    gettext_noop("较可能"),
    gettext_noop("很可能"),
    gettext_noop("轻微"),
    gettext_noop("一般"),
    gettext_noop("较重"),
    gettext_noop("严重"),
    gettext_noop("特别严重"),
)


def questions() -> list[str]:
    """The five questions in the reader's language."""
    return [_(text) for text in scoring()["questions"]]


def likelihood_word(value: int) -> str:
    """«较可能»."""
    return _(scoring()["likelihood"][value])


def impact_word(value: int) -> str:
    """«严重»."""
    return _(scoring()["impact"][value])


def explain(suggestion: Suggestion) -> list[str]:
    """Why the rule says this level: one sentence for the product, one for the five questions by name (G3)."""
    return [_product(suggestion), _hits(suggestion)]


def _product(said: Suggestion) -> str:
    values = {
        "likelihood": said.likelihood,
        "likelihood_word": likelihood_word(said.likelihood),
        "impact": said.impact,
        "impact_word": impact_word(said.impact),
        "score": said.score,
    }
    text = _("机率 %(likelihood)d（%(likelihood_word)s）× 危害 %(impact)d（%(impact_word)s）= %(score)d，%(verdict)s。")
    levels = scoring()["levels"]
    for level in sorted(levels):
        if said.score >= levels[level]["product"]:
            floor = {"floor": levels[level]["product"], "level": level_word(level)}
            return text % {**values, "verdict": _("%(floor)d 及以上为%(level)s") % floor}
    floor = {"floor": levels[max(levels)]["product"], "level": level_word(scoring()["otherwise"])}
    return text % {**values, "verdict": _("不到 %(floor)d，为%(level)s") % floor}


def _hits(said: Suggestion) -> str:
    count = ngettext("五问中 %(hits)d 项为“是”", "五问中 %(hits)d 项为“是”", said.hits) % {"hits": said.hits}
    if said.hits:
        count = _("%(count)s（%(named)s）") % {"count": count, "named": listed(_yeses(said))}
    levels = scoring()["levels"]
    for level in sorted(levels):
        first = levels[level].get("needs")
        if said.hits < levels[level]["hits"]:
            continue
        if first is None:
            return _("%(count)s，对应%(level)s。") % {"count": count, "level": level_word(level)}
        if said.answers[first - 1] == "1":
            return _("%(count)s，且含第一问，对应%(level)s。") % {"count": count, "level": level_word(level)}
    return _("%(count)s，对应%(level)s。") % {"count": count, "level": level_word(scoring()["otherwise"])}


def _yeses(said: Suggestion) -> list[str]:
    """The questions answered yes, briefly."""
    return [_(text) for text, answer in zip(scoring()["briefly"], said.answers, strict=True) if answer == "1"]


def grid(likelihood: int, impact: int) -> list[tuple[int, list[tuple[int, int, bool]]]]:
    """Likelihood × impact as a picture: rows from 5 down, each cell its score, level and whether it is this one."""
    levels = scoring()["levels"]

    def level_of(score: int) -> int:
        return next((n for n in sorted(levels) if score >= levels[n]["product"]), scoring()["otherwise"])

    return [
        (row, [(row * col, level_of(row * col), (row, col) == (likelihood, impact)) for col in range(1, 6)])
        for row in range(5, 0, -1)
    ]
