"""`qingqu` at a shell: exit code 0, or another one and one clear line; and the way to another machine."""

from __future__ import annotations

import signal
import threading
import zipfile
from pathlib import Path

import pytest

from config.commands.running import stopper
from tests.common.books import book
from tests.shell import qingqu, refused


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a school with three people."""
    var = tmp_path_factory.mktemp("site")
    assert qingqu(var, "setup", "--empty", "--school", "云川市第七中学", "--code", "YC7Z").returncode == 0
    file = var / "名册.xlsx"
    file.write_bytes(book(("名册", [["部门", "姓名", "岗位"], ["总务处", "王强", "会计"], ["总务处", "李明", "出纳"]])))
    run = qingqu(var, "import-roster", str(file))
    assert (run.returncode, run.stderr) == (0, "")
    return var


def test_no_database_yet(tmp_path: Path) -> None:
    for command in (["verify"], ["run-due"], ["export", "ledger", "-o", str(tmp_path / "q.csv")], ["backup", "q.zip"]):
        assert "qingqu setup" in refused(qingqu(tmp_path, *command)), command
    gone = qingqu(tmp_path, "run-due", DATABASE_URL="postgres://nobody@127.0.0.1:1/none")
    assert refused(gone).startswith("不能使用数据库")


def test_what_was_typed_wrong(site: Path) -> None:
    assert refused(qingqu(site, "export", "wages", "-o", "x.csv")).endswith("（用法：qingqu export --help）")
    assert "/no/such/folder/x.csv" in refused(qingqu(site, "export", "roster", "-o", "/no/such/folder/x.csv"))
    assert refused(qingqu(site, "run-due", QINGQU_TODAY="tomorrow")).startswith("QINGQU_TODAY：")
    assert "999" in refused(qingqu(site, "serve", "--bind", "127.0.0.1:99999"))


def test_a_roster_of_nobody(site: Path, tmp_path: Path) -> None:
    file = tmp_path / "库存.xlsx"
    file.write_bytes(book(("库存", [["产品", "单价"], ["桌子", 100]])))
    assert "没有姓名" in refused(qingqu(site, "import-roster", str(file), "--dry-run"))
    file.write_bytes(book(("名册", [["部门", "姓名", "岗位"]])))
    assert "没有人员" in refused(qingqu(site, "import-roster", str(file)))
    file.write_bytes(book(("名册", [["部门", "姓名", "岗位", "任职日期"], ["总务处", "王强", "会计", "去年"]])))
    run = qingqu(site, "import-roster", str(file))
    assert run.returncode == 1
    assert run.stdout.splitlines()[-1] == "没有可以导入的行，没有写入任何数据。"


def test_a_backup_moves_to_another_machine_and_agrees_there(site: Path, tmp_path: Path) -> None:
    assert qingqu(site, "run-due").returncode == 0
    assert qingqu(site, "sign", "--folder", str(site / "signer")).returncode == 0
    file = tmp_path / "backup.zip"
    assert qingqu(site, "backup", str(file)).returncode == 0
    assert not any("key.pem" in name for name in zipfile.ZipFile(file).namelist())
    there = tmp_path / "there"
    assert qingqu(there, "restore", str(file)).returncode == 0
    assert qingqu(there, "sign", "--folder", str(there / "signer")).returncode == 0  # with a key of its own
    run = qingqu(there, "verify")
    assert run.returncode == 0, run.stdout
    assert "database is not empty" in refused(qingqu(there, "restore", str(file)))


def test_what_is_no_backup(site: Path, tmp_path: Path) -> None:
    file = tmp_path / "backup.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("manifest.json", "[]")
    assert "不是清渠的备份" in refused(qingqu(tmp_path / "new", "restore", str(file)))


def test_a_signal_amid_the_workers_wait_does_not_stop_it_dead() -> None:
    stopped = threading.Event()

    def waiting() -> None:
        with stopped._cond:  # type: ignore[attr-defined]  # as `stopped.wait()` holds it when the signal arrives
            stopper(stopped)(signal.SIGTERM, None)

    worker = threading.Thread(target=waiting, daemon=True)
    worker.start()
    worker.join(5)
    assert not worker.is_alive()
    assert stopped.wait(5)
