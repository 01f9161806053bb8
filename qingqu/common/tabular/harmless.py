"""Cells that a spreadsheet would run as a formula: made harmless when written, taken back when read.

A text that begins with = + - @ (also after blanks and quotes, also full-width ＝＋－＠), a tab or a carriage return
gets an apostrophe in front. So that nothing is lost, a text that has one already before such a sign gets one more;
`unguard(guard(text)) == text` for every text.
"""

from __future__ import annotations

import re

_RUNS = re.compile(r"""[\s\ufeff\u200b'"]*[=+\-@＝＋－＠﹢﹣﹦﹫]|'*[\t\r]""")
_GUARDED = re.compile(r"""'(?:[\s\ufeff\u200b'"]*[=+\-@＝＋－＠﹢﹣﹦﹫]|'*[\t\r])""")


def would_run(text: str) -> bool:
    """Whether a spreadsheet could take `text` for a formula."""
    return _RUNS.match(text) is not None


def guard(text: str) -> str:
    """`text` so that no spreadsheet runs it."""
    return f"'{text}" if would_run(text) else text


def unguard(text: str) -> str:
    """The text that `guard` was given."""
    return text[1:] if _GUARDED.match(text) else text
