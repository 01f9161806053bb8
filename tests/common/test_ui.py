"""The template tags of the visual language."""

from datetime import UTC, date, datetime

import pytest
from django import forms
from django.core.validators import MaxLengthValidator
from django.http import HttpRequest
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils.translation import override
from pytest_django import Settings

from qingqu.accounts.models import User
from qingqu.common import text
from qingqu.common.forms import Form
from qingqu.common.htmx import render_piece
from qingqu.common.paging import keyset, paginate
from tests.make import make_user

DAY = date(2026, 4, 24)


@pytest.fixture(autouse=True)
def _today(settings: Settings) -> None:
    settings.QINGQU_TODAY = DAY


def draw(source: str, path: str = "/", **context) -> str:
    return Template(source).render(Context({"request": RequestFactory().get(path), **context}))


@pytest.mark.parametrize(("level", "word"), [(1, "一级"), (2, "二级"), (3, "三级"), (None, "未定级"), (7, "未定级")])
def test_a_level_is_a_word_and_a_mark(level: int | None, word: str) -> None:
    html = draw("{% level_chip level %}", level=level)
    assert word in html
    assert (f"level-mark-{level}" in html) is (level in (1, 2, 3))
    assert "is-boxed" not in html


def test_a_boxed_level() -> None:
    assert "is-1 is-boxed" in draw('{% level_chip 1 "boxed" %}')


@pytest.mark.parametrize(
    ("state", "look"), [("approved", "is-done"), ("in_review", "is-running"), ("returned", "is-fixing"), ("draft", "")]
)
def test_a_state_is_a_word_and_a_mark(state: str, look: str) -> None:
    assert draw("{% state_tag state label %}", state=state, label="审<核") == (
        f'<span class="state-tag {look}">审&lt;核</span>'
    )


@pytest.mark.parametrize(
    ("due", "said", "late"),
    [
        (date(2026, 4, 21), "逾期 3 天", True),
        (DAY, "今天到期", True),
        (date(2026, 4, 30), "4 月 30 日", False),
        (date(2027, 1, 5), "2027 年 1 月 5 日", False),
        (None, "—", False),
    ],
)
def test_a_due_date_says_how_late(due: date | None, said: str, late: bool) -> None:
    html = draw("{% due_date due %}", due=due)
    assert said in html
    assert ("is-late" in html) is late


def test_what_is_done_is_never_late() -> None:
    assert "is-late" not in draw("{% due_date due None True %}", due=date(2026, 1, 1))


def test_dates_follow_the_language() -> None:
    moment = datetime(2026, 4, 30, 2, 42, tzinfo=UTC)
    assert draw("{{ m|cndate }}|{{ m|cnmoment }}", m=moment) == "4 月 30 日|4 月 30 日 10:42"
    with override("en"):
        assert draw("{{ m|cndate }}", m=moment) == "30 April"


@pytest.mark.parametrize(("done", "total", "words"), [(15, 15, "100%"), (131, 132, "99%"), (0, 5, "0%"), (0, 0, "—")])
def test_a_ring_is_full_only_when_all_are_in(done: int, total: int, words: str) -> None:
    assert f">{words}</text>" in draw('{% coverage_ring done total "部门" %}', done=done, total=total)


def test_a_channel_names_its_share() -> None:
    assert 'aria-label="宣传动员 91%"' in draw('{% channel 11 12 "宣传动员" %}')


@pytest.mark.parametrize(("name", "masked"), [("王雨桐", "王**"), ("李明", "李*"), ("王", "王"), ("", "")])
def test_names_are_masked(name: str, masked: str) -> None:
    assert draw("{{ name|mask_name }}", name=name) == masked


def test_phones_are_masked() -> None:
    assert draw("{{ '13812345678'|mask_phone }}") == "138****5678"
    assert text.mask_phones_in("电话13812345678，转8001") == "电话138****5678，转8001"
    assert text.tidy(" Ａ１　 b ") == "A1 b"


def test_the_query_keeps_filters_and_drops_the_page() -> None:
    assert draw("{% querystring_with level=1 %}", "/?q=a&page=3") == "?q=a&amp;level=1"
    assert draw("{% querystring_with q=None %}", "/?q=a&page=3") == "?"


class Sample(Form):
    title = forms.CharField(label="风险点", help_text="一句话", required=True)
    note = forms.CharField(label="备注", required=False, widget=forms.Textarea)
    day = forms.DateField(label="日期")
    kind = forms.ChoiceField(label="类别", choices=[("a", "甲"), ("b", "乙")], widget=forms.RadioSelect)


class Limited(Form):
    name = forms.CharField(max_length=4, min_length=2)
    days = forms.IntegerField(min_value=1, max_value=30)
    link = forms.URLField(required=False, assume_scheme="https")
    own = forms.CharField(validators=[MaxLengthValidator(1, "只填一个字。")])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "很长很长的"}, "最多 4 个字，现在有 5 个，请删减。"),
        ({"name": "短"}, "至少 2 个字，现在有 1 个。"),
        ({"days": "31"}, "不能大于 30。"),
        ({"days": "0"}, "不能小于 1。"),
        ({"link": "不是网址"}, "请填写完整网址，以 http:// 或 https:// 开头。"),
        ({"own": "两字"}, "只填一个字。"),
    ],
)
def test_a_limit_is_said_in_the_offices_words(given: dict[str, str], said: str) -> None:
    form = Limited({"name": "三个字", "days": "3", "own": "字"} | given)
    assert [str(error) for errors in form.errors.values() for error in errors] == [said]


def test_a_field_joins_its_hint_and_its_error() -> None:
    form = Sample({"title": "", "kind": "a"})
    html = draw("{% field form.title %}", form=form)
    assert "请填写这一项。" in html
    assert 'aria-describedby="id_title_helptext id_title_error"' in html
    assert html.count("aria-describedby") == 1
    assert 'id="id_title_error"' in html
    assert 'class="form-control is-invalid"' in html
    assert "选填" not in html
    assert "选填" in draw("{% field form.note %}", form=form)
    assert 'type="date"' in draw("{% field form.day %}", form=form)
    group = draw("{% field form.kind %}", form=form)
    assert "<legend>类别</legend>" in group
    assert group.count('type="radio"') == 2
    assert "checked" in group


def test_an_empty_list_says_the_next_step() -> None:
    html = draw('{% empty_state "还没有检查" "检查在 12 月进行。" "/new" "新建一次检查" %}')
    assert 'href="/new"' in html
    assert "新建一次检查" in html


@pytest.fixture
def sixty(db: None) -> None:
    for n in range(60):
        make_user(f"u{n:02d}")


def test_numbered_pages(sixty: None) -> None:
    request = RequestFactory().get("/?q=a&page=2")
    page = paginate(request, User.objects.order_by("pk"))
    html = Template("{% pager page %}").render(Context({"request": request, "page": page}))
    assert "第 26–50 条，共 60 条" in html
    assert 'href="?q=a&amp;page=3" rel="next"' in html
    assert '<span aria-current="page">2</span>' in html
    assert paginate(RequestFactory().get("/?page=999"), User.objects.order_by("pk")).number == 3
    assert paginate(RequestFactory().get("/?page=x"), User.objects.order_by("pk")).number == 1


def test_keyset_pages_meet_without_gap_or_double(sixty: None) -> None:
    seen, after = [], ""
    for _ in range(9):
        page = keyset(RequestFactory().get(f"/?after={after}"), User.objects.all(), per_page=25)
        seen += [user.pk for user in page]
        after = page.next_after
        if not after:
            break
    assert seen == sorted(User.objects.values_list("pk", flat=True), reverse=True)


def htmx(**headers: str) -> HttpRequest:
    return RequestFactory().get("/", headers=headers)


def test_htmx_gets_the_piece_and_a_browser_the_page(client: Client) -> None:
    whole = render_piece(htmx(), "error.html", "error_fragment.html", {"reason": "因为"})
    piece = render_piece(htmx(**{"HX-Request": "true"}), "error.html", "error_fragment.html", {"reason": "因为"})
    assert "<html" in whole.content.decode()
    assert "<html" not in piece.content.decode()
    assert "因为" in piece.content.decode()
    assert "HX-Request" in piece["Vary"]


def test_an_error_page_says_why(client: Client, db: None) -> None:
    response = client.get("/no-such-page")
    assert response.status_code == 404
    assert "没有找到这个页面" in response.content.decode()


def test_brackets_and_lists_are_those_of_the_reader() -> None:
    source = '{{ said|aside }} {{ none|aside }}{{ names|listed }} {{ names|listed:"；" }}'
    words = {"said": "<寒假前>", "none": "", "names": ["甲", "乙"]}
    assert draw(source, **words) == "（&lt;寒假前&gt;） 甲、乙 甲；乙"
    with override("en"):
        assert draw(source, **words) == " (&lt;寒假前&gt;) 甲, 乙 甲; 乙"
