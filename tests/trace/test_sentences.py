"""Every act that the product records can be read in a sentence, in both languages."""

import ast
import re
from datetime import date
from pathlib import Path

import pytest
from django.apps import apps
from django.utils import translation

from qingqu.trace import sentences, states

ROOT = Path(__file__).resolve().parent.parent.parent / "qingqu"
WRITERS = {"record", "record_many", "write", "record_denied", "record_refusal"}


def recorded():
    """The first argument of every call that writes an entry, where it is a plain string."""
    for file in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                for given in node.args[:2]:
                    if name in WRITERS and isinstance(given, ast.Constant) and "." in str(given.value):
                        yield str(given.value), file.relative_to(ROOT)
                        break


ACTS = sorted({act for act, _file in recorded()})


def test_the_product_records_acts():
    assert len(ACTS) > 40


@pytest.mark.parametrize("act", ACTS)
def test_an_act_has_its_sentence(act):
    assert act in sentences.ACTS or act.rpartition(".")[2] in sentences.FALLBACKS


@pytest.mark.parametrize("act", sorted(sentences.ACTS))
def test_a_sentence_can_be_filled_in(act):
    """With numbers or with nothing: a fault in it would show its pattern to the reader."""
    for said in ({}, {"rows": 7, "count": 7}):
        assert "%(" not in sentences.sentence(act, "某物", said)


KINDS = "|".join({str(model._meta.verbose_name) for model in apps.get_models() if states.is_traced(model)})
"""The things that have a trace, as they are called: a thing's name begins with that word."""


@pytest.mark.parametrize("act", sorted(sentences.ACTS))
def test_a_sentence_says_once_what_the_thing_is(act):
    """The name comes with its kind and in quotes: neither stands in the pattern again."""
    assert not re.search(rf"(“|{KINDS})\s*%\(obj\)s|%\(obj\)s”", str(sentences.ACTS[act]))


def test_a_thing_without_a_name_of_its_own_is_called_by_its_part():
    assert sentences.name_of("alerts.replay:11") == "“核查提示”中的一项"
    assert sentences.name_of("alerts.alert:11") == "核查提示（编号 11）"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_sentence_names_the_kind_of_its_thing_twice(language):
    with translation.override(language):
        for act in sentences.ACTS:
            for model in apps.all_models.get(act.partition(".")[0], {}).values():
                said = sentences.sentence(act, sentences.name_of(f"{model._meta.label_lower}:1", "甲"), {})
                kind = str(model._meta.verbose_name).lower()
                assert "““" not in said, said
                assert f"{kind} {kind}" not in said.lower(), said
                assert f"{kind}“{kind}" not in said.lower(), said


@pytest.mark.parametrize(("language", "said"), [("zh-hans", "至 11 月 27 日"), ("en", "until 27 November")])
def test_a_day_is_said_as_the_pages_say_it(language, said, settings):
    settings.QINGQU_TODAY = date(2026, 11, 25)
    with translation.override(language):
        assert said in sentences.sentence("records.published", "“清单”", {"ends_on": "2026-11-27"})
        assert "2026-13-99" in sentences.sentence("records.published", "“清单”", {"ends_on": "2026-13-99"})
