import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from qingqu.common.errors import NotPossible
from qingqu.records import files, subjects
from qingqu.records.attachments import hand_out, store
from qingqu.records.models import Attachment
from qingqu.trace.models import Entry

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


def package(*names):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return held.getvalue()


TAKEN = [
    ("照片.JPG", b"\xff\xd8\xff\xe0abc", "image/jpeg"),
    ("a.png", PNG, "image/png"),
    ("a.pdf", b"%PDF-1.7 x", "application/pdf"),
    ("a.docx", package("[Content_Types].xml", "word/document.xml"), files.OFFICE + "wordprocessingml.document"),
    ("a.heic", b"\0\0\0\x18ftypheic\0\0", "image/heic"),
    ("a.xls", files.OLE + b"\0" * 50, "application/vnd.ms-excel"),
    ("a.txt", "帐物相符".encode("gb18030"), "text/plain"),
]
NOT_TAKEN = [
    ("a.svg", b"<svg onload=alert(1)>", "type"),
    ("a.html", b"<html>", "type"),
    ("a.exe", b"MZ", "type"),
    ("noending", PNG, "type"),
    ("a.png.exe", PNG, "type"),
    ("a.png", b"<html><script>", "content"),
    ("a.pdf", PNG, "content"),
    ("a.txt", b"<!DOCTYPE html><script>alert(1)</script>", "content"),
    ("a.txt", b"MZ\0\0", "content"),
    ("a.xlsx", package("word/document.xml"), "content"),
    ("a.xlsx", b"PK\x03\x04 not a zip", "content"),
    ("a.xlsx", package("xl/workbook.xml", "xl/vbaProject.bin"), "macro"),
    ("a.docx", package("word/document.xml", "word/embeddings/evil.EXE"), "macro"),
    ("a.doc", files.OLE + "_VBA_PROJECT".encode("utf-16-le"), "macro"),
    ("a.docm", package("word/document.xml"), "type"),
    ("a.png", b"", "empty"),
    ("a.png", PNG + b"0" * files.MOST_BYTES, "size"),
]
NAMES = [
    ("../../etc/passwd.txt", "passwd.txt"),
    ("C:\\Users\\x\\表.xlsx", "表.xlsx"),
    ("gnp\u202egnp.txt", "gnpgnp.txt"),
    ("a\r\nb\0.pdf", "ab.pdf"),
    ("..", "file"),
    ("长" * 300 + ".docx", "长" * 115 + ".docx"),
    ('a"b<c>.png', "abc.png"),
]


@pytest.mark.parametrize(("name", "content", "media_type"), TAKEN)
def test_taken(name, content, media_type):
    assert files.examine(name, content) == media_type


@pytest.mark.parametrize(("name", "content", "why"), NOT_TAKEN)
def test_not_taken(name, content, why):
    with pytest.raises(files.Unwelcome) as refused:
        files.examine(name, content)
    assert refused.value.args[0] == why


@pytest.mark.parametrize(("name", "clean"), NAMES)
def test_names_are_cleaned(name, clean):
    assert files.clean_name(name) == clean


def put(cast, name="盘点.png", content=PNG):
    return store(SimpleUploadedFile(name, content), subject_label="x.y", subject_id=1, school=cast.school, by=cast.wang)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def test_kept_under_another_name_and_recorded(cast, folder):
    attachment = put(cast)
    assert attachment.file.name.endswith(".png")
    assert "盘点" not in attachment.file.name
    assert Entry.objects.filter(act="records.attached", obj=f"records.attachment:{attachment.pk}").exists()
    response = hand_out(attachment)
    assert b"".join(response.streaming_content) == PNG
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"


def test_what_is_not_taken_leaves_nothing(cast, folder):
    with pytest.raises(NotPossible, match="不是可以上传的类型"):
        put(cast, "a.svg", b"<svg/>")
    assert not Attachment.objects.exists()
    assert not [path for path in folder.rglob("*") if path.is_file()]


def test_a_changed_file_is_not_handed_out(cast, folder):
    attachment = put(cast)
    (folder / attachment.file.name).write_bytes(PNG + b"1")
    with pytest.raises(NotPossible, match="摘要不一致"):
        hand_out(attachment)


def test_without_a_door_nobody_opens_it(cast):
    assert not subjects.can_open(cast.qian, "nobody.knows", 1)
