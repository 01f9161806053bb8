"""The signer: it remembers what it signed last and signs only what continues it.

It knows no database and should live where neither the database's administrator nor the head of the school can reach it:
another machine, or at least another account of the operating system (`qingqu sign`). Its folder holds `key.pem`
(private, 0600), `verifier.txt` (public) and `signed.json` (the last size and root).
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from qingqu.trace import merkle, notes
from qingqu.trace.notes import Point


class Refused(Exception):
    """The signer does not sign: the log was rewound, rewritten, or is another one. This is an alarm, not a fault."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A key and the memory of what it signed, in one folder."""

    folder: Path

    @property
    def exists(self) -> bool:
        return (self.folder / "key.pem").exists()

    @property
    def can_sign(self) -> bool:
        """Whether the key is here for us to use."""
        return os.access(self.folder / "key.pem", os.R_OK)

    @property
    def is_readable(self) -> bool:
        """Whether we may read what it signed last: not its key, which is for the signer alone."""
        return os.access(self.folder / "signed.json", os.R_OK) and os.access(self.folder / "verifier.txt", os.R_OK)

    def create(self, origin: str) -> None:
        """Make a key for the log of this name, unless there is one."""
        if self.exists:
            return
        self.folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        public = notes.verifier_key(origin, key.public_key().public_bytes_raw())
        self._write("signed.json", json.dumps({"origin": origin, "size": 0, "root": merkle.EMPTY_ROOT.hex()}).encode())
        self._write("verifier.txt", f"{public}\n".encode())
        self._write("key.pem", pem, mode=0o600)

    def last(self) -> Point:
        """What was signed last."""
        kept = json.loads((self.folder / "signed.json").read_text())
        return Point(kept["origin"], kept["size"], bytes.fromhex(kept["root"]))

    def public_key(self) -> tuple[str, bytes]:
        """Name and public key, for whoever checks."""
        return notes.parse_verifier_key((self.folder / "verifier.txt").read_text())

    def public_keys(self) -> list[tuple[str, bytes]]:
        """The key in use and those that were retired: older checkpoints carry their signatures."""
        return [notes.parse_verifier_key(file.read_text()) for file in self.verifiers()]

    def verifiers(self) -> list[Path]:
        """The files of the public keys: the one in use first, then the retired ones."""
        own = self.folder / "verifier.txt"
        return [*([own] if own.exists() else []), *sorted(self.folder.glob("until-*/verifier.txt"))]

    def remember(self, verifiers: Sequence[Path]) -> None:
        """Take public keys of another machine among the retired ones: its checkpoints came with a restored backup."""
        known = {file.read_text() for file in self.verifiers()}
        for file in verifiers:
            if (text := file.read_text()) not in known:
                kept = self.folder / f"until-restored-{len(known) + 1}"
                kept.mkdir(parents=True)
                shutil.copyfile(file, kept / "verifier.txt")
                known.add(text)

    def renew(self) -> Point:
        """Retire key and memory, kept as evidence in `until-…`; begin anew. Returns what was signed last.

        A key must never sign a log that does not continue what it signed; after a restored backup another key has to.
        """
        with self._alone():
            last = self.last()
            before = len(list(self.folder.glob("until-*")))
            kept = self.folder / f"until-{last.size}-{before + 1}"
            kept.mkdir()
            for name in ("signed.json", "verifier.txt"):
                (self.folder / name).replace(kept / name)
            (self.folder / "key.pem").unlink()
        self.create(last.origin)
        return last

    def sign(self, point: Point, proof: Sequence[bytes]) -> str:
        """The signature line for `point`, which `proof` shows to continue the last one. Raises Refused.

        What it signs is on disk before the signature leaves it.
        """
        with self._alone():
            last = self.last()
            if point.origin != last.origin:
                raise Refused(f"the log is called {last.origin}, not {point.origin}")
            if point.size < last.size:
                raise Refused(f"the log was rewound from {last.size} to {point.size} entries")
            if last.size == 0:
                if point.size == 0 and point.root != merkle.EMPTY_ROOT:
                    raise Refused("an empty log has only one root")
            elif not merkle.verify_consistency(last.size, point.size, last.root, point.root, proof):
                raise Refused(f"the log of {point.size} entries does not continue the signed one of {last.size}")
            kept = {"origin": point.origin, "size": point.size, "root": point.root.hex()}
            self._write("signed.json", json.dumps(kept).encode())
            return notes.sign(point, self._key())

    def _key(self) -> Ed25519PrivateKey:
        key = serialization.load_pem_private_key((self.folder / "key.pem").read_bytes(), None)
        if not isinstance(key, Ed25519PrivateKey):
            raise Refused("key.pem holds another kind of key")
        return key

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two signers at once would not know of each other's last signature."""
        with open(self.folder / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _write(self, name: str, data: bytes, mode: int = 0o644) -> None:
        """Replace a file so that after a power cut it is whole, old or new."""
        fresh = self.folder / f"{name}.new"
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(handle)
        fresh.replace(self.folder / name)
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
