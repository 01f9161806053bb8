"""Files of things: taken in safely, kept unchanged, handed out through the door of what they belong to."""

from __future__ import annotations

import hashlib
import uuid

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import FileResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qingqu.accounts.models import User
from qingqu.common.errors import NotPossible
from qingqu.organisation.models import Unit
from qingqu.records import files
from qingqu.records.models import Attachment
from qingqu.trace.actions import record

REASONS = {
    "empty": gettext_lazy("“%(name)s”是空文件"),
    "size": gettext_lazy("“%(name)s”超过 20 MB，请压缩后再传"),
    "type": gettext_lazy("“%(name)s”不是可以上传的类型，请传图片、PDF、Word、Excel、PPT 或者文本文件"),
    "content": gettext_lazy("“%(name)s”的内容与扩展名不符，或者已损坏"),
    "macro": gettext_lazy("“%(name)s”含有宏或者程序，请去掉后再传"),
}


@transaction.atomic
def store(upload: UploadedFile, *, subject_label: str, subject_id: int, school: Unit, by: User) -> Attachment:
    """Keep an uploaded file of the thing that label and id name.

    Raises NotPossible with a sentence where we do not take such a file. It lies under a name of its own, outside what
    the web server gives out by itself.
    """
    name = files.clean_name(upload.name or "")
    if (upload.size or 0) > files.MOST_BYTES:
        raise NotPossible(REASONS["size"] % {"name": name})
    content = upload.read()
    try:
        files.examine(name, content)
    except files.Unwelcome as unwelcome:
        raise NotPossible(REASONS[unwelcome.args[0]] % {"name": name}) from unwelcome
    attachment = Attachment(
        school=school,
        subject_label=subject_label,
        subject_id=subject_id,
        name=name,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        by=by,
    )
    attachment.file.save(f"{uuid.uuid4().hex}.{files.ending_of(name)}", ContentFile(content), save=False)
    attachment.save()
    record("records.attached", attachment, by=by, details={"subject": f"{subject_label}:{subject_id}"})
    return attachment


def hand_out(attachment: Attachment) -> FileResponse:
    """The file as a download that no browser shows as a page of ours.

    Raises NotPossible where it is gone or is not what was taken in.
    """
    try:
        content = attachment.file.open("rb").read()
    except OSError as error:
        raise NotPossible(_("附件文件已不在服务器上，请联系系统管理员")) from error
    if hashlib.sha256(content).hexdigest() != attachment.sha256:
        raise NotPossible(_("附件与登记时的摘要不一致，已停止提供，请联系纪委"))
    media_type, _fits = files.KINDS[files.ending_of(attachment.name)]
    response = FileResponse(ContentFile(content), as_attachment=True, filename=attachment.name, content_type=media_type)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response
