"""Pages of the starter library: found, looked at, adopted."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qingqu.library import actions, queries
from qingqu.library.models import Adoption
from qingqu.powers.models import Power
from tests.make import make_post
from tests.people import Cast


def as_(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


def url(name: str, *args: object) -> str:
    return reverse(f"library:{name}", args=args)


def test_entries_are_found_by_words_domain_tier_and_state(cast: Cast) -> None:
    template = queries.power_template("P06")
    assert template is not None
    actions.adopt_power(template, unit=cast.office, by=cast.chen)
    client = as_(cast.chen)

    def shown(**asked: str) -> str:
        return client.get(url("home"), asked).content.decode()

    assert url("show", "P09") in shown(q="食堂")
    assert url("show", "P06") not in shown(q="食堂")
    assert url("show", "P06") in shown(domain="采购工程", adopted="yes")
    assert url("show", "P07") not in shown(domain="采购工程", adopted="yes")
    assert url("show", "P06") not in shown(adopted="no")
    assert url("show", "G15") in shown(kind="posts", tier="staff")
    assert url("show", "G01") not in shown(kind="posts", tier="staff")


def test_the_home_page_asks_a_fixed_number_of_times(cast: Cast) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert as_(cast.chen).get(url("home")).status_code == 200
        return len(captured)

    before = statements()
    for code in list(queries.catalogue().powers)[:12]:
        template = queries.power_template(code)
        assert template is not None
        actions.adopt_power(template, unit=cast.office, by=cast.chen)
    assert statements() == before


def test_chen_sees_what_will_be_made_and_adopts(cast: Cast) -> None:
    client = as_(cast.chen)
    page = client.get(url("confirm"), {"code": ["P06", "P12", "G19"]}).content.decode()
    assert "文号待核" in page
    assert "没有对应“财务室”的部门，请选择" in page
    said = {
        "code": ["P06", "P12", "G19"],
        "unit_P06": cast.office.pk,
        "unit_P12": cast.office.pk,
        "posts_G19": [make_post(cast.teaching, "保管员").pk],
    }
    answer = client.post(url("adopt"), said)
    assert answer.headers["Location"] == reverse("powers:list")
    assert set(Power.objects.values_list("code", flat=True)) == {"P06", "P12"}
    assert Adoption.objects.filter(kind="post", code="G19").count() == 1


def test_a_power_without_a_unit_is_not_adopted(cast: Cast) -> None:
    as_(cast.chen).post(url("adopt"), {"code": ["P06", "P12"], "unit_P06": cast.office.pk})
    assert not Power.objects.exists()


def test_a_head_adopts_into_his_own_department_only(cast: Cast) -> None:
    client = as_(cast.feng)
    client.post(url("adopt"), {"code": ["P06"], "unit_P06": cast.office.pk})
    assert not Power.objects.exists()
    client.post(url("adopt"), {"code": ["P02"], "unit_P02": cast.teaching.pk})
    assert Power.objects.get().unit == cast.teaching
    client.post(url("adopt"), {"code": ["G16"], "posts_G16": [cast.wang_post.pk]})
    cast.wang_post.refresh_from_db()
    assert cast.wang_post.template_code == "G19"


def test_wang_may_look_but_not_adopt(cast: Cast) -> None:
    client = as_(cast.wang)
    page = client.get(url("show", "P06"))
    assert page.status_code == 200
    assert "化整为零" in page.content.decode()
    assert client.get(url("confirm"), {"code": "P06"}).status_code == 403
    assert client.post(url("adopt"), {"code": "P06", "unit_P06": cast.office.pk}).status_code == 403
    assert client.get(url("show", "P99")).status_code == 404


def test_an_entry_that_was_adopted_is_marked(cast: Cast) -> None:
    template = queries.power_template("P06")
    assert template is not None
    power = actions.adopt_power(template, unit=cast.office, by=cast.chen)
    page = as_(cast.chen).get(url("show", "P06")).content.decode()
    assert reverse("powers:show", args=[power.pk]) in page
    assert "已采用，不会再建立一份" in as_(cast.chen).get(url("confirm"), {"code": "P06"}).content.decode()
    assert reverse("powers:show", args=[power.pk]) not in as_(cast.zhou).get(url("show", "P06")).content.decode()
