"""What import-linter cannot see: relations by string, links and includes in templates, missing migrations."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command

ROOT = Path(__file__).resolve().parent.parent


def floors() -> dict[str, int]:
    """App → floor, from the one list in `.importlinter` (higher number, higher floor)."""
    linter = configparser.ConfigParser()
    linter.read(ROOT / ".importlinter")
    layers = linter["importlinter:contract:layers"]["layers"].split("\n")
    names = [re.split(r"\s*\|\s*", line.strip()) for line in layers if line.strip()]
    return {app: len(names) - number for number, apps_there in enumerate(names) for app in apps_there}


FLOORS = floors()


def reaches_up(here: str, there: str) -> bool:
    return there in FLOORS and here != there and FLOORS[there] >= FLOORS[here]


def test_every_app_stands_on_a_floor() -> None:
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("qingqu.")}
    assert ours == set(FLOORS)


def test_the_table_of_floors_in_the_docs_agrees() -> None:
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \|", (ROOT / "docs/architecture.md").read_text(), re.MULTILINE)
    assert {app: int(floor) for floor, there in rows for app in re.findall(r"`(\w+)`", there)} == FLOORS


def test_relations_point_down() -> None:
    wrong = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model in apps.get_models()
        if model._meta.app_label in FLOORS
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and field.related_model
        if reaches_up(model._meta.app_label, field.related_model._meta.app_label)
    ]
    assert wrong == []


TEMPLATES = sorted((ROOT / "qingqu").rglob("templates/**/*.html"))
LINK = re.compile(r"""\{%\s*(?:url|include|extends)\s+["'](\w+)[:/]""")


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "qingqu")))
def test_templates_link_down(template: Path) -> None:
    here = template.relative_to(ROOT / "qingqu").parts[0]
    wrong = [there for there in LINK.findall(template.read_text()) if reaches_up(here, there)]
    assert wrong == []


BATCH = {"batches", "simulating", "sorting", "tables", "run_check"}
"""What brings Ibis, Arrow and NumPy, some 70 MB: a process that serves pages takes it in when asked, not before."""


def test_no_import_hides_in_a_function() -> None:
    """A circle hidden inside a function is still a circle; start-up hooks in `apps.py` and the batch are exceptions."""
    hidden = [
        f"{file.relative_to(ROOT)}:{inner.lineno}"
        for file in (ROOT / "qingqu").rglob("*.py")
        if "migrations" not in file.parts and file.name != "apps.py"
        for outer in ast.walk(ast.parse(file.read_text()))
        if isinstance(outer, ast.FunctionDef)
        for inner in ast.walk(outer)
        if isinstance(inner, ast.ImportFrom) and (inner.module or "").startswith("qingqu.")
        if not (inner.module or "").startswith("qingqu.alerts") or not {name.name for name in inner.names} <= BATCH
    ]
    assert hidden == []


def test_tests_take_their_helpers_from_modules_of_helpers() -> None:
    """Imported out of another test, a helper cannot be changed without that one, and a fixture has to be imported."""
    found = [
        f"{test.relative_to(ROOT)}: {node.module}"
        for test in sorted((ROOT / "tests").rglob("*.py"))
        for node in ast.walk(ast.parse(test.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").rpartition(".")[2].startswith("test_")
    ]
    assert found == []


def test_a_web_worker_starts_without_the_batch() -> None:
    code = "import sys, config.wsgi, config.urls; print(*{'ibis', 'numpy', 'pyarrow', 'duckdb'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    out = StringIO()
    call_command("makemigrations", check=True, dry_run=True, stdout=out)


def test_names_fit_every_database() -> None:
    """Kingbase and Oracle-like databases cut names at 30 characters (S5.7)."""
    long = [
        name
        for model in apps.get_models()
        if model._meta.app_label in FLOORS
        for name in [model._meta.db_table, *(field.column for field in model._meta.concrete_fields)]
        if name and len(name) > 30
    ]
    assert long == []


def test_forms_lead_back_to_the_pages_above_them() -> None:
    """In the top bar; a form whose template says it itself needs no `above`."""
    templates = {path.relative_to(path.parents[1]).as_posix(): path.read_text() for path in TEMPLATES}
    lost = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sorted((ROOT / "qingqu").rglob("*views*/**/*.py")) + sorted((ROOT / "qingqu").rglob("*views.py"))
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "form_page"
        for said in [{word.arg: word.value for word in call.keywords}]
        if "above" not in said
        and "block breadcrumb" not in templates.get(getattr(said.get("template"), "value", ""), "")
    ]
    assert lost == []
