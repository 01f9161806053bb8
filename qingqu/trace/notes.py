"""Checkpoints as C2SP signed notes: three lines of text and the signatures below them. Pure."""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
SIGNATURE = re.compile(r"— (?P<name>[^\s+]+) (?P<bytes>[A-Za-z0-9+/]+={0,2})")


class NotANote(ValueError):
    """Text that is not a checkpoint."""


@dataclass(frozen=True, slots=True)
class Point:
    """What a checkpoint says: which log, how long, with which root."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


def parse(note: str) -> Point:
    """Read a checkpoint, signed or not; its signatures are not looked at. Raises NotANote."""
    origin, *rest = note.split("\n")
    try:
        size, root = int(rest[0]), b64decode(rest[1], validate=True)
    except (IndexError, ValueError) as error:
        raise NotANote("a checkpoint has a name, a size and a root") from error
    point = Point(origin, size, root)
    if len(root) != 32 or not origin or not (note == point.body() or note.startswith(point.body() + "\n")):
        raise NotANote("a checkpoint has three lines, each written in one way only")
    return point


def key_id(name: str, public: bytes) -> bytes:
    """The four bytes by which a signature names its key."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public).digest()[:4]


def sign(point: Point, key: Ed25519PrivateKey) -> str:
    """The signature line under the name of the log."""
    raw = key_id(point.origin, key.public_key().public_bytes_raw()) + key.sign(point.body().encode())
    return f"— {point.origin} {b64encode(raw).decode()}\n"


def signed(point: Point, *lines: str) -> str:
    """The whole note: text, an empty line, signature lines."""
    return point.body() + "\n" + "".join(lines)


def verify(note: str, name: str, public: bytes) -> bool:
    """Whether `note` carries a good signature of this key."""
    try:
        body = parse(note).body()
    except NotANote:
        return False
    for line in note[len(body) + 1 :].splitlines():
        found = SIGNATURE.fullmatch(line)
        raw = b64decode(found["bytes"] + "==") if found and found["name"] == name else b""
        if raw[:4] == key_id(name, public):
            try:
                Ed25519PublicKey.from_public_bytes(public).verify(raw[4:], body.encode())
            except InvalidSignature:
                return False
            return True
    return False


def verifier_key(name: str, public: bytes) -> str:
    """A public key in the notation of the standard, to hand to whoever wants to check: name+id+key."""
    return f"{name}+{key_id(name, public).hex()}+{b64encode(ED25519 + public).decode()}"


def parse_verifier_key(text: str) -> tuple[str, bytes]:
    """(name, public key) of a verifier key. Raises ValueError where it is damaged."""
    name, id_, key = text.strip().split("+", 2)
    raw = b64decode(key, validate=True)
    if raw[:1] != ED25519 or len(raw) != 33 or key_id(name, raw[1:]).hex() != id_:
        raise ValueError("not an Ed25519 verifier key")
    return name, raw[1:]
