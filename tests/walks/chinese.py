"""Chinese that stands on an English page without being anybody's words: what nobody has translated."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import models
from playwright.sync_api import Page

from qingqu.datasets.rules import STEPS

CHINESE = re.compile(r"[\u4e00-\u9fff]+")
SAID = {"中文", "清渠", "准", "全", "深"}
"""The way back to Chinese, the product's name, and the three marks of quality, which are pictures."""
TEXTS = """() => {
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const parent = walker.currentNode.parentElement;
    if (!parent.closest("script, style, template, [lang^=zh], textarea")) found.push(walker.currentNode.data);
  }
  for (const node of document.body.querySelectorAll("[placeholder], [aria-label], [title], [alt]"))
    if (!node.closest("[lang^=zh]"))
      for (const name of ["placeholder", "aria-label", "title", "alt"]) found.push(node.getAttribute(name) || "");
  return found;
}"""


def words_of_the_school() -> str:
    """Everything that people or the library have written into the database, in one string."""
    found: list[str] = []
    for model in apps.get_models():
        fields = [f.attname for f in model._meta.concrete_fields if isinstance(f, WRITTEN)]
        for row in model._base_manager.order_by().values_list(*fields) if fields else ():
            found += [value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in row]
    return "\n".join(found)


WRITTEN = (models.CharField, models.TextField, models.JSONField)


def words_as_shipped() -> str:
    """What the product offers in Chinese: the starter library, the documents on which an indicator rests, the names of
    steps as they stand in logs."""
    library = (Path(apps.get_app_config("library").path) / "data").glob("*.yaml")
    indicators = (Path(apps.get_app_config("alerts").path) / "data").glob("*.yaml")
    bases = [line for file in indicators for line in file.read_text(encoding="utf-8").splitlines() if "basis:" in line]
    return "\n".join([*(file.read_text(encoding="utf-8") for file in library), *bases, *STEPS])


def untranslated(page: Page, known: str) -> list[str]:
    """The Chinese words on an English page that stand nowhere in the `known` words of the school."""
    texts: list[Any] = page.evaluate(TEXTS)
    words = {word for text in texts for word in CHINESE.findall(text)}
    return sorted(word for word in words - SAID if word not in known)
