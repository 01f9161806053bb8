"""Names, phones, cards and pupils' numbers as digests with a salt that only this school's server holds (PIPL).

HMAC-SM3 over what the cell means, shortened to 128 bits: equal persons stay equal, nobody is named. Without the salt
the digests of all phone numbers cannot be tried out; whoever has the server's files has the salt too.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from functools import cache

from django.conf import settings

from qingqu.common.tabular.clean import clean_code, clean_name, several_names, several_phones
from qingqu.datasets.rules import APART

DIGITS = 32
NOBODY = frozenset(
    {"无", "/", "-", "—", "***", "系统", "系统自动", "自动", "系统管理员", "管理员", "超级管理员", "匿名", "匿名用户"}
    | {"未知", "不详", "保密", "用户", "某某", "admin", "administrator", "root", "system", "anonymous", "unknown"}
    | {"undefined", "missing", "none", "null", "n/a", "user", "staff", "staff member"}
)
"""What stands for a person and names none: several people share it, so it is no person that could be the same twice."""
SEVERAL = {"name": several_names, "phone": several_phones}
"""How the cells of a kind are parted that name several."""
MASKED = "•••"
"""How a person stands in pages and files; brought in again it means: as it was."""


@cache
def salt() -> bytes:
    """The school's salt: made once, kept in the var folder, readable by its owner only, part of every backup."""
    file = settings.VAR_DIR / "records.salt"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return file.read_bytes()
        with os.fdopen(handle, "wb") as out:
            out.write(os.urandom(32))
            out.flush()
            os.fsync(out.fileno())
    return file.read_bytes()


def plain(kind: str, value: object) -> str:
    """What is hashed: a name without blanks, a phone as its digits, a number without blanks and in capitals."""
    if kind == "name":
        return clean_name(value)
    if kind == "phone":
        digits = "".join(sign for sign in clean_code(value) if sign.isdigit())
        return digits[-11:] if len(digits) > 11 and digits.startswith(("86", "086", "0086")) else digits
    return clean_code(value).upper()


def digest(kind: str, value: object) -> str | None:
    """The digest of a cell, None for an empty one and for a word that names nobody, MASKED for one that was exported.

    A cell that names several people or phones has a digest for each, in order, with blanks between. Kinds do not mix: a
    phone never equals a staff number.
    """
    if kind in SEVERAL and len(several := SEVERAL[kind](str(value or ""))) > 1:
        return APART.join(sorted({found for one in several if (found := digest(kind, one))})) or None
    text = plain(kind, value)
    if not text or text == MASKED:
        return text or None
    if kind == "name" and text.casefold() in NOBODY:
        return None
    return hmac.new(salt(), f"{kind}:{text}".encode(), "sm3").hexdigest()[:DIGITS]


assert "sm3" in hashlib.algorithms_available, "this Python's OpenSSL has no SM3"
