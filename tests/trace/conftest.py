"""A log of a few entries, a signer of its own."""

import pytest
from django.db import transaction

from qingqu.accounts.models import User
from qingqu.trace import sequencer
from qingqu.trace.actions import record
from qingqu.trace.signer import Signer


@pytest.fixture
def wang(db):
    return User.objects.create_user("wang", name="王老师", must_change_password=False)


@pytest.fixture
def act(wang):
    """Leave `count` entries in the outbox."""

    @transaction.atomic
    def leave(count=1, **said):
        return [record("accounts.greeted", wang, by=wang, **{"after": f"第{n}次", **said}) for n in range(count)]

    return leave


@pytest.fixture
def signer(settings, tmp_path, db):
    settings.SIGNER_DIR = tmp_path / "signer"
    signer = Signer(settings.SIGNER_DIR)
    signer.create(sequencer.the_log().origin)
    return signer
