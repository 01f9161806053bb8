"""What the page says of the quality of forms, of one or of many, in a fixed number of statements (S16, S61)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.db.models import Prefetch, Q

from qingqu.accounts.models import User
from qingqu.common.clock import today
from qingqu.declarations.access import can_see_thought
from qingqu.declarations.models import Declaration, Item
from qingqu.declarations.review_queries import ruled_level
from qingqu.declarations.rules import quality
from qingqu.declarations.rules.quality import COLLEAGUE, LAST_YEAR, TEMPLATE, Copy, FormFacts, Hint, ItemFacts, Source
from qingqu.declarations.rules.similarity import Shelf
from qingqu.organisation.models import Appointment, Post
from qingqu.organisation.queries import standing
from qingqu.powers.models import Basis, Power, Regulation, Step
from qingqu.risks.models import Category

TEXT_SHARED_FROM = 1
"""Only what has been handed in at least once is compared with: drafts are nobody's business."""


@dataclass(slots=True)
class ItemFinding:
    """What is to be said of one item."""

    item: Item
    copies: Sequence[Copy]
    hints: list[Hint]

    @property
    def against(self) -> list[Hint]:
        """What has to be changed."""
        return [hint for hint in self.hints if not hint.ok]

    @property
    def ruled(self) -> int | None:
        """The level that the rule suggests."""
        return ruled_level(self.item)

    @property
    def level(self) -> int | None:
        """The level that counts."""
        return self.item.level or self.ruled

    @property
    def differs(self) -> bool:
        """Whether the level was set other than the rule says."""
        return bool(self.item.level and self.item.level != self.ruled)

    @property
    def score(self) -> int:
        return (self.item.likelihood or 0) * (self.item.impact or 0)

    @property
    def hits(self) -> int:
        """How many of the five questions are answered yes."""
        return self.item.answers.count("1")

    @property
    def copied(self) -> Copy | None:
        """The source that has to be named, if any."""
        return next((copy for copy in self.copies if copy.is_copied), None)


@dataclass(slots=True)
class Findings:
    """What is to be said of a form, as far as the reader may see it."""

    declaration: Declaration
    items: list[ItemFinding] = field(default_factory=list)
    form: list[Hint] = field(default_factory=list)
    restricted: bool = False
    """This reader does not see the «思想道德» category; nor how much of it there is (S26)."""

    def of(self, pk: int) -> ItemFinding | None:
        return next((finding for finding in self.items if finding.item.pk == pk), None)

    @property
    def against(self) -> list[Hint]:
        return [h for finding in self.items for h in finding.against] + [h for h in self.form if not h.ok]


ITEMS = Prefetch(
    "items", Item.objects.select_related("power", "step", "post").prefetch_related("measures"), to_attr="read_items"
)


def survey(declarations: Iterable[Declaration], reader: User) -> dict[int, Findings]:
    """The findings of each form by its id, in a fixed number of statements however many forms and items there are."""
    pks = [declaration.pk for declaration in declarations]
    rows = list(
        Declaration.objects.filter(pk__in=pks)
        .select_related("unit", "person", "campaign")
        .prefetch_related(ITEMS, "categories", "judgements")
    )
    if not rows:
        return {}
    library = _Library(rows, reader)
    places = _key_places(rows)
    return {row.pk: _findings(row, reader, library, places) for row in rows}


def findings_of(declaration: Declaration, reader: User) -> Findings:
    """The findings of one form."""
    return survey([declaration], reader)[declaration.pk]


def hints_while_typing(declaration: Declaration, item: Item, text: str, writer: User) -> list[Hint]:
    """What to say of a manifestation that is being written, not yet saved."""
    row = Declaration.objects.select_related("unit", "person", "campaign").get(pk=declaration.pk)
    library = _Library([row], writer)
    item.manifestation = text
    return _finding(item, library.copies(row, item)).hints


def _findings(row: Declaration, reader: User, library: _Library, places: _Places) -> Findings:
    items: list[Item] = row.read_items  # type: ignore[attr-defined]
    seen = bool(can_see_thought(reader, row))
    shown = [item for item in items if seen or item.category != Category.THOUGHT]
    found = [_finding(item, library.copies(row, item)) for item in shown]
    facts = _form_facts(row, items, places)
    return Findings(row, found, quality.form_hints(facts if seen else _without_thoughts(facts)), not seen)


def _without_thoughts(facts: FormFacts) -> FormFacts:
    """The facts for a reader who does not learn whether «思想道德» was answered with items or with 无."""
    thought = Category.THOUGHT.value
    if thought not in facts.none_reasons:
        return facts
    reasons = {category: reason for category, reason in facts.none_reasons.items() if category != thought}
    return replace(facts, answered={*facts.answered, thought}, none_reasons=reasons)


def _finding(item: Item, copies: Sequence[Copy]) -> ItemFinding:
    facts = ItemFacts(
        category=item.category,
        title=item.title,
        manifestation=item.manifestation,
        cause=item.cause,
        has_step=item.step_id is not None,
        has_post=item.post_id is not None,
        is_rated=bool(item.likelihood and item.impact),
        level=item.level,
        ruled_level=ruled_level(item),
        measures=[quality.MeasureFacts(m.phase, m.text, m.evidence_kind) for m in item.measures.all()],
        copies=copies,
    )
    return ItemFinding(item, copies, quality.hints(facts))


class _Library:
    """Every text that the forms may have been copied from, and the names that everybody writes the same way."""

    def __init__(self, rows: Sequence[Declaration], reader: User) -> None:
        self.reader = reader
        self.names = _names({row.unit.school_id for row in rows})
        self.earlier = _earlier(rows)
        self.colleagues = _colleagues(rows)
        self.visible = _visible(rows, reader)
        self.shelves: dict[tuple[int, str], Shelf] = {}

    def copies(self, row: Declaration, item: Item) -> list[Copy]:
        """What `item` was copied from; of several colleagues the one who wrote most of the same."""
        found = quality.copies(item.manifestation, self._sources(row, item), self.names)
        first: dict[str, Copy] = {}
        for copy in found:
            first.setdefault(copy.kind, copy)
        return list(first.values())

    def _sources(self, row: Declaration, item: Item) -> Iterable[Source]:
        if item.origin_text:
            last = item.origin == Item.Origin.LAST_YEAR
            yield Source(LAST_YEAR if last else TEMPLATE, item.origin_text)
        for text in self.earlier.get((row.kind, row.person_id if row.kind == "personal" else row.unit_id), ()):
            yield Source(LAST_YEAR, text)
        own = row.person_id == self.reader.pk
        others = self.colleagues.get((row.campaign_id, row.kind), [])
        if shelf := self._shelf(row.campaign_id, row.kind):
            for number in shelf.nearest(item.manifestation, lambda n: self._may_compare(row, others[n])):
                named = not own and others[number].declaration in self.visible
                yield Source(COLLEAGUE, others[number].text, others[number].name if named else "")

    def _shelf(self, campaign: int, kind: str) -> Shelf | None:
        key = (campaign, kind)
        if key not in self.shelves and key in self.colleagues:
            self.shelves[key] = Shelf([other.text for other in self.colleagues[key]], self.names)
        return self.shelves.get(key)

    def _may_compare(self, row: Declaration, other: _Other) -> bool:
        """Others' forms only, and their «思想道德» texts only for readers who may see them (S26)."""
        if other.declaration == row.pk or other.person == row.person_id:
            return False
        if other.category != Category.THOUGHT or other.kind == Declaration.Kind.UNIT:
            return True
        who = standing(self.reader)
        return who.has("discipline", "secretary") or other.unit in who.heads


@dataclass(frozen=True, slots=True)
class _Other:
    """A colleague's item, as far as it is compared."""

    declaration: int
    person: int
    unit: int
    kind: str
    category: str
    text: str
    name: str


def _names(schools: set[int | None]) -> tuple[str, ...]:
    """Names of regulations and bases: everybody must write them the same way."""
    rules = Regulation.objects.filter(school__in=schools).order_by().values_list("name", flat=True)
    bases = Basis.objects.filter(power__school__in=schools).order_by().values_list("name", flat=True)
    return tuple(sorted(rules.union(bases)))


def _visible(rows: Sequence[Declaration], reader: User) -> set[int]:
    """The forms whose writers the reader may be told. Writers are told no names, so their own pages do not ask."""
    if all(row.person_id == reader.pk for row in rows):
        return set()
    seen = Declaration.objects.visible_to(reader).filter(campaign__in={row.campaign_id for row in rows})
    return set(seen.order_by().values_list("pk", flat=True))


def _earlier(rows: Sequence[Declaration]) -> dict[tuple[str, int], list[str]]:
    """What the same people and units wrote in earlier years."""
    people = {row.person_id for row in rows if row.kind == Declaration.Kind.PERSONAL}
    units = {row.unit_id for row in rows if row.kind == Declaration.Kind.UNIT}
    whose = Q(declaration__kind="personal", declaration__person__in=people) | Q(
        declaration__kind="unit", declaration__unit__in=units
    )
    before = min(row.campaign.year for row in rows)
    texts = Item.objects.filter(whose, declaration__campaign__year__lt=before, declaration__state="approved")
    found: dict[tuple[str, int], list[str]] = {}
    fields = ("declaration__kind", "declaration__person_id", "declaration__unit_id", "manifestation")
    for kind, person, unit, text in texts.order_by().values_list(*fields):
        found.setdefault((kind, person if kind == "personal" else unit), []).append(text)
    return found


def _colleagues(rows: Sequence[Declaration]) -> dict[tuple[int, str], list[_Other]]:
    """What others have handed in, in the same campaign and on the same kind of form."""
    campaigns = {row.campaign_id for row in rows}
    fields = (
        *("declaration__campaign_id", "declaration__kind", "declaration_id", "declaration__person_id"),
        *("declaration__unit_id", "category", "manifestation", "declaration__person__name", "declaration__unit__name"),
    )
    items = Item.objects.filter(
        declaration__campaign__in=campaigns, declaration__sent_round__gte=TEXT_SHARED_FROM
    ).order_by()
    found: dict[tuple[int, str], list[_Other]] = {}
    for campaign, kind, declaration, person, unit, category, text, name, unit_name in items.values_list(*fields):
        who = unit_name if kind == Declaration.Kind.UNIT else name
        other = _Other(declaration, person, unit, kind, category, text, who)
        found.setdefault((campaign, kind), []).append(other)
    return found


@dataclass(slots=True)
class _Places:
    """Which posts and steps are there to be spoken of."""

    posts_of_person: dict[int, list[Post]] = field(default_factory=dict)
    posts_of_unit: dict[int, list[Post]] = field(default_factory=dict)
    steps_of_unit: dict[int, list[Step]] = field(default_factory=dict)
    steps_of_post: dict[int, list[Step]] = field(default_factory=dict)


def _key_places(rows: Sequence[Declaration]) -> _Places:
    """The posts of the writers, the posts and steps of the units, in four statements at most."""
    people = {row.person_id for row in rows if row.kind == Declaration.Kind.PERSONAL}
    units = {row.unit_id for row in rows if row.kind == Declaration.Kind.UNIT}
    found = _Places()
    held = Appointment.objects.on(today()).filter(person__in=people).select_related("post")
    for appointment in held:
        found.posts_of_person.setdefault(appointment.person_id, []).append(appointment.post)
    for post in Post.objects.filter(unit__in=units, is_active=True, is_key=True):
        found.posts_of_unit.setdefault(post.unit_id, []).append(post)
    steps = Step.objects.filter(power__unit__in=units, power__state=Power.State.IN_FORCE).select_related("power")
    for step in steps:
        found.steps_of_unit.setdefault(step.power.unit_id, []).append(step)
    posts = {post.pk for posts in found.posts_of_person.values() for post in posts}
    for step in Step.objects.filter(post__in=posts, is_key=True, power__state=Power.State.IN_FORCE):
        if step.post_id:
            found.steps_of_post.setdefault(step.post_id, []).append(step)
    return found


def _form_facts(row: Declaration, items: Sequence[Item], places: _Places) -> FormFacts:
    answers = {answer.category: answer.none_reason for answer in row.categories.all() if answer.none_reason.strip()}
    posts, steps = {item.post_id for item in items}, {item.step_id for item in items}
    judged = {judgement.step_id for judgement in row.judgements.all()}
    if row.kind == Declaration.Kind.UNIT:
        key_posts = places.posts_of_unit.get(row.unit_id, [])
        all_steps = places.steps_of_unit.get(row.unit_id, [])
        key_steps = [step for step in all_steps if step.is_key]
    else:
        mine = places.posts_of_person.get(row.person_id, [])
        if row.post_id:  # a form for a new post is about that post
            mine = [post for post in mine if post.pk == row.post_id]
        key_posts, all_steps = [post for post in mine if post.is_key], []
        key_steps = [step for post in mine for step in places.steps_of_post.get(post.pk, [])]
    missing = [post.name for post in key_posts if post.pk not in posts]
    missing += [step.name for step in key_steps if step.pk not in steps | judged]
    return FormFacts(
        answered={item.category for item in items},
        none_reasons=answers,
        key_missing=missing,
        key_count=len(key_posts) + len(key_steps),
        unjudged=sum(step.pk not in judged for step in all_steps),
    )


def hints_by_item(declaration: Declaration, items: Iterable[Item], reader: User) -> Mapping[int, list[Hint]]:
    """The hints of some items of a form by their ids, for the page where they are filled in.

    The items have been read already, with power, step, post and measures; three statements for what they are compared
    with, whatever their number.
    """
    shown = [item for item in items if item.category != Category.THOUGHT or can_see_thought(reader, declaration)]
    library = _Library([declaration], reader)
    return {item.pk: _finding(item, library.copies(declaration, item)).hints for item in shown}
