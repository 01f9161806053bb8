"""查准、查全、查深: whether what a form says is linked, whole and concrete (S16, S61). Hints, never refusals or scores.

The heuristics read formal Chinese. They ask of one manifestation what the page asks of its writer: in which step or
when, by whom, how would it happen. What they cannot tell they let pass.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from qingqu.declarations.rules.similarity import ALIKE, COPIED, added, compare, normalise

ACCURATE, COMPLETE, DEEP = "accurate", "complete", "deep"
TEMPLATE, LAST_YEAR, COLLEAGUE = "template", "last_year", "colleague"
CATEGORIES = ("thought", "duty", "system", "other")
PHASES = ("pre", "mid", "post")
LEVELS = {1: "一级", 2: "二级", 3: "三级"}
LEAST_LENGTH = 14
"""Characters, law names and filler not counted, that a sentence with place, person and deed needs."""
LEAST_REASON = 6
PADDED = 0.85
"""Where this much of the template is still there, what was added around it must say something."""


def gettext_noop(message: str) -> str:
    """Marks a sentence for the catalogue; rules themselves know no language but the school's."""
    return message


@dataclass(frozen=True, slots=True)
class Source:
    """A text that a manifestation may have been copied from."""

    kind: str
    text: str
    who: str = ""
    """Whose it is: only for readers who may see both."""


@dataclass(frozen=True, slots=True)
class Copy:
    """How much of a manifestation stands in one source."""

    kind: str
    ratio: float
    padded: bool = False
    """The whole source is still there, and what was put around it says nothing."""
    who: str = ""

    @property
    def percent(self) -> int:
        return int(self.ratio * 100)

    @property
    def is_copied(self) -> bool:
        """Whether it must be named. One's own text of last year may stay."""
        return self.kind != LAST_YEAR and (self.ratio >= COPIED or self.padded)


@dataclass(frozen=True, slots=True)
class MeasureFacts:
    """What the check needs of a measure."""

    phase: str
    text: str
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What the check needs of one risk item."""

    category: str
    title: str
    manifestation: str
    cause: str = ""
    has_step: bool = False
    has_post: bool = False
    is_rated: bool = False
    level: int | None = None
    """The level set by hand, where it was."""
    ruled_level: int | None = None
    measures: Sequence[MeasureFacts] = ()
    copies: Sequence[Copy] = ()


@dataclass(frozen=True, slots=True)
class FormFacts:
    """What the check needs of the form as a whole."""

    answered: Collection[str]
    """The categories that have an item."""
    none_reasons: Mapping[str, str] = field(default_factory=dict)
    """The categories answered with «无», and why."""
    key_missing: Sequence[str] = ()
    """Names of key posts and key steps (重要岗位、关键环节) that have neither an item nor a judgement."""
    key_count: int = 0
    unjudged: int = 0
    """Steps of the unit's powers without 有 or 无."""


@dataclass(frozen=True, slots=True)
class Hint:
    """One line of the quality panel: `message` is in the catalogue, `values` fill it."""

    kind: str
    ok: bool
    message: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    mild: bool = False
    """Worth a word, but no reason to return the form."""

    @property
    def text(self) -> str:
        """The line in Chinese."""
        return self.message % self.values if self.values else self.message


WHO = re.compile(
    r"本人|自己|我|他人|个人|一人|两人|专人|班主任|教师|老师|家长|家委会|学生|班干|同事|熟人|亲友|亲属|朋友|"
    r"供应商|商户|商家|厂家|公司|企业|机构|承包|施工|中介|摄影|书店|"
    r"员|会计|出纳|主任|校长|书记|组长|处长|科长|干事|专干|厨师|保管|负责人|经办人|验收人|审批人|申请人|领导|干部|评委|"
    r"小组|委员会|上级|下属|处室|由[\u4e00-\u9fff]{2,}"
)
WHERE = re.compile(
    r"环节|步骤|阶段|过程|期间|当天|当日|当场|现场|"
    r"每[周月日天次年个学季]|\d+\s*[月日号]|[一二三四五六七八九十]+月|"
    r"开学|期末|期中|学期|学年|月考|中考|高考|毕业季|招生季|节前|节日|节假日|中秋|春节|教师节|寒假|暑假|假期|年底|年初|年终|早上|上午|中午|下午|晚上|夜里|周末|"
    r"[\u4e00-\u9fff]{2}(?:时|前|后|之前|之后|以前|以后|的时候)(?![期间段进台勤续果者提])|"
    r"(?:审核|审批|验收|采购|询价|比价|评审|登记|录入|结算|报销|入库|出库|招生|编班|推荐|公示|开标|签约|发放|盘点|收费|领用|"
    r"付款|评议|命题|阅卷|排课|考核|招标|采买|订货|送货)(?:[时前后中上里]|当)|"
    r"在[\u4e00-\u9fff\w]{1,14}(?:里|上|处|中|内|旁)"
)
HOW = re.compile(
    r"先看|先|只[^有要能]|没有|没|未[^来成]|不看|不贴|不公布|不公示|不登记|不入账|不开票|不比|不问|绕过|代[收签领管办购缴]|"
    r"私自|私下|擅自|自行|单独|指定|口头|照顾|打招呼|请托|透露|泄露|泄题|提前告知|暗示|授意|默许|"
    r"收[取受了现钱礼红好]|收下|接受|索要|索取|吃请|宴请|送[礼钱卡来]|给予|推给|推荐给|"
    r"拆[分成开]|化整为零|多报|少报|虚报|虚列|虚开|虚增|冒领|伪造|涂改|篡改|补[签填写]|倒签|代写|编造|"
    r"截留|挪用|套取|坐支|公款|报[销了]|存[入在进]|放在|转[给入走]|改[分动成]|调[整高低换]|抬高|压低|降低|放宽|提高[了价标分评]|邀请|推辞|推脱|答应|赴宴|"
    r"拖[延着]|压[着件]|漏[记报登]|少[记收]|多[记收开]|挑选|排斥|量身|围标|串标|陪标|陪报|以次充好|短斤|缺斤|"
    r"签字|签收|直接[\u4e00-\u9fff]|一人[\u4e00-\u9fff]|说了算|拍板|安排|分给|留给|插队|优先|推销|补课|兼职"
)
VAGUE_EVIDENCE = {
    "",
    "材料",
    "资料",
    "相关材料",
    "相关资料",
    "有关材料",
    "有关资料",
    "记录",
    "文件",
    "凭证",
    "无",
    "其他",
    "等",
}

WRITE_ALL = gettext_noop("请写明在哪个环节、由谁、怎样发生")
MISSING_PARTS = {
    ("where",): gettext_noop("请写明在哪个环节、什么时候发生"),
    ("who",): gettext_noop("请写明由谁、涉及哪些人"),
    ("how",): gettext_noop("请写明怎样发生"),
    ("where", "who"): gettext_noop("请写明在哪个环节、由谁"),
    ("where", "how"): gettext_noop("请写明在哪个环节、怎样发生"),
    ("who", "how"): gettext_noop("请写明由谁、怎样发生"),
    ("where", "who", "how"): WRITE_ALL,
}
COPIED_FROM = {
    TEMPLATE: gettext_noop("与模板相似 %(percent)s%%，请写明在哪个环节、由谁、怎样发生"),
    COLLEAGUE: gettext_noop("与一位同事的填写相似 %(percent)s%%，请写明您的岗位上在哪个环节、由谁、怎样发生"),
    "named": gettext_noop("与%(who)s的填写相似 %(percent)s%%，请写明本岗位在哪个环节、由谁、怎样发生"),
}
ALIKE_TO = {
    TEMPLATE: gettext_noop("与模板相似 %(percent)s%%，可以再写具体一些"),
    LAST_YEAR: gettext_noop("与去年相似 %(percent)s%%，情况没有变化可以保留，有变化的请改写"),
    COLLEAGUE: gettext_noop("与一位同事的填写相似 %(percent)s%%，可以再写具体一些"),
    "named": gettext_noop("与%(who)s的填写相似 %(percent)s%%"),
}
ONLY_FILLER = gettext_noop("仍是模板原文，加上的话没有写明在哪个环节、由谁、怎样发生")


def copies(text: str, sources: Iterable[Source], names: Collection[str] = ()) -> list[Copy]:
    """What `text` was copied from, gravest first; below ALIKE nothing is said.

    `names`: regulations whose names everybody writes the same way.
    """
    listed = list(sources)
    found = []
    for match in compare(text, {str(n): source.text for n, source in enumerate(listed)}, names):
        source = listed[int(match.label)]
        padded = match.ratio < COPIED and match.kept >= PADDED and _says_nothing(added(text, source.text, names))
        if match.ratio >= ALIKE or (padded and source.kind != LAST_YEAR):
            found.append(Copy(source.kind, match.ratio, padded, source.who))
    return sorted(found, key=lambda copy: (not copy.is_copied, -copy.ratio))


def missing_parts(text: str, *, has_step: bool = False) -> tuple[str, ...]:
    """Which of where, who and how a manifestation does not say."""
    plain = normalise(text)
    found = {
        "where": has_step or bool(WHERE.search(text)),
        "who": bool(WHO.search(text)),
        "how": bool(HOW.search(plain)),
    }
    return tuple(part for part, there in found.items() if not there)


def _says_nothing(text: str) -> bool:
    """Whether words put around a template leave at least two of where, who and how unsaid."""
    return len(missing_parts(text)) >= 2


def hints(item: ItemFacts) -> list[Hint]:
    """What is to be said of one item, 准 first, then 全, then 深."""
    return [*_accurate(item), *_whole(item), *_deep(item)]


def _accurate(item: ItemFacts) -> Iterable[Hint]:
    if item.category in ("duty", "system"):
        linked = item.has_step or item.has_post
        yield Hint(
            ACCURATE,
            linked,
            gettext_noop("已连到权力环节或岗位") if linked else gettext_noop("请选择所在的权力环节或岗位"),
        )
    if not item.is_rated:
        yield Hint(ACCURATE, False, gettext_noop("请评定发生机率与危害程度"))
    elif item.level and item.ruled_level and item.level != item.ruled_level:
        yield Hint(
            ACCURATE,
            False,
            gettext_noop("自定为%(level)s，按规则为%(ruled)s，需要第二人同意"),
            {"level": LEVELS[item.level], "ruled": LEVELS[item.ruled_level]},
        )
    else:
        yield Hint(ACCURATE, True, gettext_noop("等级与规则一致"))


def _whole(item: ItemFacts) -> Iterable[Hint]:
    phases = {measure.phase for measure in item.measures if measure.text.strip()}
    missing = [phase for phase in PHASES if phase not in phases]
    if not phases:
        yield Hint(COMPLETE, False, gettext_noop("请至少写一条防控措施"))
    elif missing:
        grave = (item.level or item.ruled_level) == 1
        yield Hint(COMPLETE, not grave, NO_PHASE[tuple(missing)], mild=not grave)


NO_PHASE = {
    ("pre",): gettext_noop("缺前期预防"),
    ("mid",): gettext_noop("缺中期监控"),
    ("post",): gettext_noop("缺后期处置"),
    ("pre", "mid"): gettext_noop("缺前期预防与中期监控"),
    ("pre", "post"): gettext_noop("缺前期预防与后期处置"),
    ("mid", "post"): gettext_noop("缺中期监控与后期处置"),
}


def _deep(item: ItemFacts) -> Iterable[Hint]:
    worst = _worst(item.copies)
    if not (worst and worst.is_copied):  # the sentence that names a copy says all that is to be written
        yield _concrete(item)
    if worst:
        yield copy_hint(worst)
    if not item.cause:
        yield Hint(DEEP, False, gettext_noop("请选择成因"))
    vague = [
        measure for measure in item.measures if measure.text.strip() and measure.evidence.strip() in VAGUE_EVIDENCE
    ]
    if vague:
        words = {"text": vague[0].text[:16]}
        yield Hint(DEEP, False, gettext_noop("请写明措施“%(text)s”留下什么凭证，如两人签字的验收单"), words)


def _concrete(item: ItemFacts) -> Hint:
    length = len(normalise(item.manifestation))
    missing = missing_parts(item.manifestation, has_step=item.has_step)
    if missing:
        nearly = len(missing) == 1 and length >= LEAST_LENGTH
        return Hint(DEEP, nearly, MISSING_PARTS[missing], mild=nearly)
    if length < LEAST_LENGTH:
        return Hint(DEEP, False, gettext_noop("写得太短，请用一句完整的话写明经过"))
    return Hint(DEEP, True, gettext_noop("写明了在哪个环节、由谁、怎样发生"))


def _worst(found: Sequence[Copy]) -> Copy | None:
    return next(iter(sorted(found, key=lambda copy: (not copy.is_copied, -copy.ratio))), None)


def copy_hint(copy: Copy) -> Hint:
    """The sentence that names a copy and says what to write instead."""
    words: dict[str, str | int] = {"percent": copy.percent, "who": copy.who}
    key = "named" if copy.who else copy.kind
    if copy.is_copied and copy.ratio < COPIED:
        return Hint(DEEP, False, ONLY_FILLER)
    if copy.is_copied:
        return Hint(DEEP, False, COPIED_FROM[key], words)
    return Hint(DEEP, True, ALIKE_TO[key], words, mild=True)


def form_hints(form: FormFacts) -> list[Hint]:
    """What is to be said of the whole form: 全."""
    return [_categories(form), *_reasons(form), *_key_places(form), *_judgements(form)]


def _categories(form: FormFacts) -> Hint:
    open_ = [c for c in CATEGORIES if c not in form.answered and c not in form.none_reasons]
    if open_:
        return Hint(COMPLETE, False, gettext_noop("还有 %(count)s 类风险没有填写"), {"count": len(open_)})
    nones = sum(c in form.none_reasons and c not in form.answered for c in CATEGORIES)
    if nones:
        return Hint(COMPLETE, True, gettext_noop("四类均有回答，%(count)s 类为“无”并有理由"), {"count": nones})
    return Hint(COMPLETE, True, gettext_noop("四类均已填写"))


def _reasons(form: FormFacts) -> Iterable[Hint]:
    thin = [
        c for c, reason in form.none_reasons.items() if c not in form.answered and len(normalise(reason)) < LEAST_REASON
    ]
    if thin:
        yield Hint(COMPLETE, False, gettext_noop("%(count)s 类“无”的理由过于简单，请写明依据"), {"count": len(thin)})


def _key_places(form: FormFacts) -> Iterable[Hint]:
    if form.key_missing:
        names = "、".join(form.key_missing[:3])
        yield Hint(COMPLETE, False, gettext_noop("重点岗位或关键环节没有填写：%(names)s"), {"names": names})
    elif form.key_count:
        yield Hint(COMPLETE, True, gettext_noop("%(count)s 个重点岗位和关键环节均已判断"), {"count": form.key_count})


def _judgements(form: FormFacts) -> Iterable[Hint]:
    if form.unjudged:
        yield Hint(COMPLETE, False, gettext_noop("还有 %(count)s 个环节没有判断有无风险"), {"count": form.unjudged})
