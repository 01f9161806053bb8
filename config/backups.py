"""A backup is one zip: the database, the files, and a manifest with the digest of each."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tempfile
import zipfile
import zlib
from datetime import datetime
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import connection, connections
from django.utils import timezone

from qingqu.common.errors import NotPossible
from qingqu.trace.signer import Signer

MANIFEST = "manifest.json"
KEPT_WITH_IT = ("secret_key", "records.salt")
SIGNERS = "signers"


def backup(target: Path) -> str:
    """Write a backup to `target` (never over an existing file), consistent while people go on working."""
    if target.exists():
        raise NotPossible(f"{target} 已存在，请另起文件名（already exists）")
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(target.suffix + ".part")
    digests: dict[str, str] = {}
    with (
        tempfile.TemporaryDirectory(dir=target.parent) as scratch,
        zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=5) as archive,
    ):
        database = _dump(Path(scratch))
        _put(archive, database, database.name, digests)
        for file in sorted(settings.MEDIA_ROOT.rglob("*")) if settings.MEDIA_ROOT.exists() else []:
            if file.is_file():
                _put(archive, file, f"files/{file.relative_to(settings.MEDIA_ROOT)}", digests)
        for name in KEPT_WITH_IT:
            if (settings.VAR_DIR / name).exists():
                _put(archive, settings.VAR_DIR / name, name, digests)
        for number, verifier in enumerate(_signers().verifiers()):
            _put(archive, verifier, f"{SIGNERS}/{number}/{verifier.name}", digests)
        about = {"made_at": timezone.now().isoformat(), "vendor": connection.vendor, "digests": digests}
        archive.writestr(MANIFEST, json.dumps(about, ensure_ascii=False, indent=1))
    part.chmod(0o600)
    _flush(part)
    part.rename(target)
    return f"已备份到 {target}（{target.stat().st_size // 1024} KB，{len(digests)} 个文件）"


def restore(source: Path, *, force: bool = False) -> str:
    """Put the backup `source` in place of the present database and files.

    Raises NotPossible where a digest does not agree, the backup is of another kind of database, or data would be
    overwritten without `force`.
    """
    with tempfile.TemporaryDirectory(dir=settings.VAR_DIR) as scratch:
        folder = Path(scratch)
        about = _unpack(source, folder)
        if about["vendor"] != connection.vendor:
            raise NotPossible(
                f"备份来自 {about['vendor']}，现用 {connection.vendor}，不能恢复（another kind of database）"
            )
        if _has_data() and not force:
            raise NotPossible("现有数据库不是空的；确需覆盖请加 --force（the database is not empty）")
        kept = settings.VAR_DIR / f"before-restore-{datetime.now(timezone.get_current_timezone()):%Y%m%d-%H%M%S}"
        kept.mkdir()
        connections.close_all()
        _load(folder, kept)
        if settings.MEDIA_ROOT.exists():
            shutil.move(settings.MEDIA_ROOT, kept / "files")
        if (folder / "files").exists():
            shutil.move(folder / "files", settings.MEDIA_ROOT)
        for name in KEPT_WITH_IT:
            if (folder / name).exists() and not os.environ.get("QINGQU_SECRET_KEY"):
                shutil.copy2(folder / name, settings.VAR_DIR / name)
        _signers().remember(sorted(folder.glob(f"{SIGNERS}/*/verifier.txt")))
    return f"已恢复 {about['made_at']} 的备份；原有数据保留在 {kept}"


def _signers() -> Signer:
    """The signer's folder of this site: the public keys go with a backup, the private one never leaves its machine."""
    return Signer(settings.SIGNER_DIR)


def _dump(folder: Path) -> Path:
    if connection.vendor == "sqlite":
        target = folder / "qingqu.sqlite3"
        with sqlite3.connect(connection.settings_dict["NAME"]) as live, sqlite3.connect(target) as copy:
            live.backup(copy)
        return target
    target = folder / "qingqu.pgdump"
    _postgres("pg_dump", "--format=custom", "--no-owner", "--file", str(target))
    return target


def _load(folder: Path, kept: Path) -> None:
    if connection.vendor == "sqlite":
        name = Path(connection.settings_dict["NAME"])
        for suffix in ("", "-wal", "-shm"):
            old = name.with_name(name.name + suffix)
            if old.exists():
                shutil.move(old, kept / old.name)
        shutil.move(folder / "qingqu.sqlite3", name)
        _flush(name)
        return
    _postgres("pg_dump", "--format=custom", "--no-owner", "--file", str(kept / "qingqu.pgdump"))
    _postgres(
        "pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", str(folder / "qingqu.pgdump")
    )


def _postgres(program: str, *arguments: str) -> None:
    told = connection.settings_dict
    given = {"PGHOST": told["HOST"], "PGPORT": told["PORT"], "PGUSER": told["USER"], "PGPASSWORD": told["PASSWORD"]}
    settings_of_it = {key: str(value) for key, value in given.items() if value}
    try:
        subprocess.run(
            [program, "--dbname", told["NAME"], *arguments], check=True, env={**os.environ, **settings_of_it}
        )
    except FileNotFoundError as missing:
        raise NotPossible(f"没有找到 {program}，请安装 postgresql-client") from missing
    except subprocess.CalledProcessError as failed:
        raise NotPossible(f"{program} 没有完成（exit code {failed.returncode}）") from failed


def _has_data() -> bool:
    if "accounts_user" not in connection.introspection.table_names():
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM accounts_user LIMIT 1")
        return cursor.fetchone() is not None


def _put(archive: zipfile.ZipFile, file: Path, name: str, digests: dict[str, str]) -> None:
    with file.open("rb") as source:
        digests[name] = _digest(source)
    archive.write(file, name)


def _unpack(source: Path, folder: Path) -> dict[str, str]:
    try:
        with zipfile.ZipFile(source) as archive:
            about: dict[str, str] = json.loads(archive.read(MANIFEST))
            digests: dict[str, str] = about["digests"]  # type: ignore[assignment]
            for name, digest in digests.items():
                target = (folder / name).resolve()
                if not target.is_relative_to(folder.resolve()):
                    raise NotPossible(f"备份中有不安全的文件名：{name}")
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(name) as packed, target.open("wb") as out:
                    shutil.copyfileobj(packed, out)
                with target.open("rb") as written:
                    if _digest(written) != digest:
                        raise NotPossible(f"备份已损坏：{name} 的摘要不符（the digest does not agree）")
    except (zipfile.BadZipFile, zlib.error, KeyError, TypeError, ValueError) as broken:
        raise NotPossible(f"{source} 不是清渠的备份，或已损坏（not a backup, or broken）") from broken
    return about


def _digest(source: IO[bytes]) -> str:
    return hashlib.file_digest(source, "sha256").hexdigest()  # type: ignore[arg-type]


def _flush(file: Path) -> None:
    with file.open("rb") as handle:
        os.fsync(handle.fileno())
