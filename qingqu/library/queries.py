"""What others ask of the starter library, and what its pages show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q

from qingqu.accounts.models import User
from qingqu.library import rules
from qingqu.library.catalogue import PostTemplate, PowerTemplate, catalogue
from qingqu.library.models import Adoption
from qingqu.organisation.models import Post, Unit
from qingqu.organisation.queries import Standing, standing

POST_LABEL = "organisation.post"
POWER_LABEL = "powers.power"


def post_template(code: str) -> PostTemplate | None:
    """The library's template of a post by its code (G15), or None; what declarations are prefilled from."""
    return catalogue().posts.get(code)


def power_template(code: str) -> PowerTemplate | None:
    """The library's entry of a power by its code (P06), or None."""
    return catalogue().powers.get(code)


def template_of_origin(origin: str) -> PowerTemplate | None:
    """The entry from which a power came, by its `origin` («library:2026.1:P06»); None where it came from elsewhere."""
    source, _, rest = origin.partition(":")
    return power_template(rest.rpartition(":")[2]) if source == "library" else None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the reader looks for in the library; empty means all."""

    text: str = ""
    domain: str = ""
    tier: str = ""
    adopted: str = ""
    """«yes», «no» or empty."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What has been made of an entry in this school."""

    adoption: Adoption
    changed: tuple[str, ...] = ()
    """Where the library of today says something else than the one it was taken from."""

    @property
    def has_news(self) -> bool:
        return bool(self.changed)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the library as the list shows it."""

    template: PowerTemplate | PostTemplate
    taken: list[Taken] = field(default_factory=list)

    @property
    def is_power(self) -> bool:
        return isinstance(self.template, PowerTemplate)

    @property
    def has_news(self) -> bool:
        return any(taken.has_news for taken in self.taken)


def adoptions(school: Unit | None, kind: str) -> dict[str, list[Taken]]:
    """By code, what this school has taken over. One statement."""
    found: dict[str, list[Taken]] = {}
    if school is None:
        return found
    for adoption in Adoption.objects.filter(school=school, kind=kind).select_related("by").order_by("id"):
        found.setdefault(adoption.code, []).append(Taken(adoption, tuple(news_of(adoption))))
    return found


def news_of(adoption: Adoption) -> list[str]:
    """The fields in which the entry has changed since it was adopted; nothing where the version is the same."""
    if adoption.version == catalogue().version:
        return []
    known = power_template if adoption.kind == Adoption.Kind.POWER else post_template
    entry = known(adoption.code)
    return rules.changed_fields(adoption.content, entry.content) if entry else []


def power_entries(school: Unit | None, wanted: Wanted) -> list[Entry]:
    """The powers of the library that fit what is looked for."""
    taken = adoptions(school, Adoption.Kind.POWER)
    entries = (Entry(power, taken.get(power.code, [])) for power in catalogue().powers.values())
    return [entry for entry in entries if _fits(entry, wanted)]


def post_entries(school: Unit | None, wanted: Wanted) -> list[Entry]:
    """The post templates of the library that fit what is looked for."""
    taken = adoptions(school, Adoption.Kind.POST)
    entries = (Entry(post, taken.get(post.code, [])) for post in catalogue().posts.values())
    return [entry for entry in entries if _fits(entry, wanted)]


def _fits(entry: Entry, wanted: Wanted) -> bool:
    template = entry.template
    if isinstance(template, PowerTemplate):
        right_place = wanted.domain in ("", template.domain) and (not wanted.tier or wanted.tier in template.tiers)
    else:
        right_place = wanted.tier in ("", template.tier)
    right_state = not wanted.adopted or (wanted.adopted == "yes") == bool(entry.taken)
    return right_place and right_state and all(word in _words_of(template) for word in wanted.text.split())


def _words_of(template: PowerTemplate | PostTemplate) -> str:
    words = [template.code, template.name, *(risk.text for risk in template.risks)]
    if isinstance(template, PowerTemplate):
        words += [template.domain, template.owner, *(step.name for step in template.steps)]
    return " ".join(words)


@dataclass(frozen=True, slots=True)
class PowerProposal:
    """What would be made of a power, and where: the reader may change the unit."""

    template: PowerTemplate
    unit_id: int | None
    units: list[Unit]
    taken: bool
    holders: list[tuple[str, Post | None]]


@dataclass(frozen=True, slots=True)
class PostProposal:
    """Which posts would use a template: those that fit by name are proposed, those that use it already are named."""

    template: PostTemplate
    fitting: list[Post]
    others: list[Post]
    using: list[Post]


def units_for(who: Standing) -> list[Unit]:
    """The units into which this reader may adopt, in their order."""
    found = Unit.objects.active().filter(school=who.school).exclude(kind=Unit.Kind.BRANCH)
    return list(found if who.is_party_office else found.filter(pk__in=who.heads))


def posts_for(who: Standing) -> list[Post]:
    """The posts to which this reader may give a template."""
    found = Post.objects.filter(unit__school=who.school, is_active=True).select_related("unit")
    if not who.is_party_office:
        found = found.filter(Q(unit_id__in=who.heads))
    return list(found.order_by("unit__order", "unit_id", "id"))


def propose_powers(user: User, codes: Iterable[str]) -> list[PowerProposal]:
    """For each chosen power the unit that fits by name, and the posts that would hold it. Three statements."""
    who = standing(user)
    units = units_for(who)
    taken = adoptions(who.school, Adoption.Kind.POWER)
    posts = list(Post.objects.filter(unit__school=who.school, is_active=True).select_related("unit"))
    by_id, names = {post.pk: post for post in posts}, {post.pk: post.name for post in posts}
    called = {unit.pk: (unit.name, unit.short_name) for unit in units}
    proposals = []
    for code in codes:
        if (template := power_template(code)) is None:
            continue
        unit_id = rules.best_unit(catalogue().owner_names(template.owner), called)
        held = [(holder.name, by_id.get(rules.best_post(holder.name, names) or 0)) for holder in template.holders]
        proposals.append(PowerProposal(template, unit_id, units, code in taken, held))
    return proposals


def propose_posts(user: User, codes: Iterable[str]) -> list[PostProposal]:
    """For each chosen template the posts that fit by name. One statement."""
    posts = posts_for(standing(user))
    proposals = []
    for code in codes:
        if (template := post_template(code)) is None:
            continue
        using = [post for post in posts if post.template_code == code]
        rest = [post for post in posts if post.template_code != code]
        fitting = [post for post in rest if not post.template_code and rules.fits_post(template.name, post.name)]
        proposals.append(PostProposal(template, fitting, [post for post in rest if post not in fitting], using))
    return proposals


def same_entry_then(adoption: Adoption) -> list[tuple[str, object, object]]:
    """What the entry said and what it says now, field by field where it differs."""
    known = power_template if adoption.kind == Adoption.Kind.POWER else post_template
    entry = known(adoption.code)
    if entry is None:
        return []
    return [(name, adoption.content[name], entry.content[name]) for name in news_of(adoption)]
