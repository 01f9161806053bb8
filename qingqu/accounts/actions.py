"""Everything that changes an account. Each act leaves its trace."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib.auth.hashers import get_hasher, identify_hasher, make_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qingqu.accounts import queries, rules
from qingqu.accounts.models import ActivationCode, Token, User
from qingqu.common.clock import today
from qingqu.common.errors import NotPossible
from qingqu.trace.actions import record, write, write_many
from qingqu.trace.reconcile import agrees


@transaction.atomic
def note_sign_in(user: User) -> None:
    """Leave the trace of a sign-in."""
    write("accounts.signed_in", user, by=user)


@transaction.atomic
def note_failed_sign_in(username: str) -> None:
    """Leave the trace of a refused sign-in, where the name is somebody's; what was typed is never kept."""
    if user := User.objects.filter(username=username).first():
        write("accounts.sign_in_refused", user, by=None, ok=False)


def _lock(*users: User) -> None:
    """Hold the rows until the transaction ends: what the trace says of them is what stands there then."""
    list(User.objects.select_for_update().filter(pk__in=[user.pk for user in users]).order_by("pk").values_list("pk"))


@transaction.atomic
def change_password(user: User, password: str, *, by: User) -> User:
    """Give a person a new password that nobody else knows."""
    _lock(user)
    user.set_password(password)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    record("accounts.password_changed", user, by=by)
    return user


def strengthen_password(user: User, password: str) -> User:
    """Hash a password that was found right as hashes are made today: their rounds grow with the years.

    An account that is not as the trace left it stays so: an act on it would cover up who changed it.
    """
    if not hashed_as_once(user.password):
        return user
    stronger = make_password(password)  # takes its time, and nobody waits for it
    with transaction.atomic():
        _lock(user)
        known = User.objects.filter(pk=user.pk, password=user.password)
        if agrees(user) and known.update(password=stronger):
            user.password = stronger
            record("accounts.password_strengthened", user, by=user)
    return user


def hashed_as_once(encoded: str) -> bool:
    """Whether this hash was made in another way, or with fewer rounds, than those of today."""
    current = get_hasher()
    return identify_hasher(encoded).algorithm != current.algorithm or current.must_update(encoded)


@transaction.atomic
def issue_codes(users: Sequence[User], *, by: User | None, since: int | None = None) -> list[tuple[User, str]]:
    """Make each person a one-time code to set his password with, and return the codes: they are shown this once.

    For people whom the roster made, and for those who forgot their password. Earlier unused codes are void. `since` is
    the number of the newest code that whoever asks knew of: a page that is sent twice must not void what it printed.
    Raises NotPossible where one of these people got a code after that.
    """
    _lock(*users)
    if since is not None and ActivationCode.objects.filter(user__in=users, pk__gt=since).exists():
        raise NotPossible(_("打开页面之后已经发放过，没有再次发放，已打印的纸条仍然有效。确需重新发放，请再办一次。"))
    ActivationCode.objects.filter(user__in=users, used_at=None).delete()
    expires_on = rules.last_day(today(), rules.CODE_VALID_DAYS)
    issued = [(user, rules.new_code()) for user in users]
    ActivationCode.objects.bulk_create(
        [
            ActivationCode(user=user, digest=rules.digest(rules.plain_code(code)), expires_on=expires_on)
            for user, code in issued
        ]
    )
    write_many("accounts.code_issued", users, by=by)
    return issued


@transaction.atomic
def activate(username: str, code: str, password: str) -> User:
    """Set a password with a one-time code.

    Raises NotPossible with the same sentence whether the name, the code or its day is wrong.
    """
    found = queries.code_for(username, code)
    used = found and ActivationCode.objects.filter(pk=found.pk, used_at=None).update(used_at=timezone.now())
    if found is None or not used:
        raise NotPossible(_("登录名与启用码对不上，或启用码已用过、已过期。请核对纸条，或请党办重新发放。"))
    user = User.objects.select_for_update().get(pk=found.user_id)
    user.set_password(password)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    record("accounts.activated", user, by=user)
    return user


@transaction.atomic
def set_preferences(user: User, *, phone: str, language: str, large_text: bool) -> User:
    """Keep how a person wishes to read, and his phone number if he gives one."""
    _lock(user)
    before = user.phone
    user.phone, user.language, user.large_text = phone, language, large_text
    user.save(update_fields=["phone", "language", "large_text"])
    record("accounts.profile_changed", user, by=user, before=_phone_state(before), after=_phone_state(phone))
    return user


def _phone_state(phone: str) -> str:
    """The trace says whether there is a number, not which."""
    return "phone" if phone else "no_phone"


def switch_text_size(user: User) -> None:
    """Standard or large text; how somebody reads is not the trace's business."""
    User.objects.filter(pk=user.pk).update(large_text=not user.large_text)


@transaction.atomic
def make_token(user: User, *, name: str, days: int) -> tuple[Token, str]:
    """Make a key to the API for oneself; the key itself is returned this once and not kept."""
    secret = rules.new_token()
    token = Token.objects.create(
        user=user, name=name, digest=rules.digest(secret), expires_on=rules.last_day(today(), days)
    )
    record("accounts.token_made", token, by=user)
    return token, secret


@transaction.atomic
def revoke_token(token: Token, *, by: User) -> Token:
    """Stop a key to the API at once.

    Raises NotPossible where it is stopped already.
    """
    token = Token.objects.select_for_update().get(pk=token.pk)
    if token.revoked_at:
        raise NotPossible(_("这个密钥已停用"))
    token.revoked_at = timezone.now()
    token.save(update_fields=["revoked_at"])
    record("accounts.token_revoked", token, by=by)
    return token


def note_use(token: Token) -> None:
    """Remember the day on which a key was last used; at most one write a day."""
    if token.last_used_on != (day := today()):
        Token.objects.filter(pk=token.pk).update(last_used_on=day)
