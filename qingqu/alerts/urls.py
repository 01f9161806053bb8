"""Addresses of warnings."""

from django.urls import path

from qingqu.alerts.views import board, changing, conformity, links, own, papers, quiet, rules, simulation, warnings

app_name = "alerts"
urlpatterns = [
    path("", warnings.list_, name="list"),
    path("<int:pk>", warnings.show, name="show"),
    path("<int:pk>/explain", warnings.explain, name="explain"),
    path("<int:pk>/confirm", warnings.confirm, name="confirm"),
    path("<int:pk>/send-back", warnings.send_back, name="send-back"),
    path("<int:pk>/close", warnings.close, name="close"),
    path("<int:pk>/rectify", warnings.rectify, name="rectify"),
    path("<int:pk>/reopen", warnings.reopen, name="reopen"),
    path("<int:pk>/replay", warnings.replay, name="replay"),
    path("<int:pk>/sheet.<str:fmt>", papers.sheet, name="sheet"),
    path("register.<str:fmt>", papers.register, name="register"),
    path("links", links.show, name="links"),
    path("logs/<int:pk>", conformity.show, name="conformity"),
    path("logs/<int:pk>/case", conformity.case, name="case"),
    path("board", board.show, name="board"),
    path("year", board.year, name="year"),
    path("year.<str:fmt>", board.year_paper, name="year-paper"),
    path("quiet", quiet.list_, name="quiet"),
    path("quiet/<int:quiet_pk>/lift", quiet.lift, name="lift"),
    path("rules/<slug:code>/quiet", quiet.add, name="suppress"),
    path("rules", rules.list_, name="rules"),
    path("rules/adopt", rules.adopt, name="adopt"),
    path("rules/own", own.choose, name="own"),
    path("rules/own/<int:log_pk>/procedures", own.procedures, name="procedures"),
    path("rules/own/<int:table_pk>/<slug:pattern>", own.make, name="make"),
    path("rules/<slug:code>", rules.show, name="rule"),
    path("rules/<slug:code>/limit/<slug:name>", rules.limit, name="limit"),
    path("rules/<slug:code>/change", changing.change, name="change"),
    path("rules/<slug:code>/simulate", simulation.show, name="simulate"),
    path("rules/<slug:code>/approve", rules.approve, name="approve"),
    path("rules/<slug:code>/drop", rules.drop, name="drop"),
    path("rules/<slug:code>/off", rules.switch_off, name="switch-off"),
    path("rules/<slug:code>/on", rules.switch_on, name="switch-on"),
]
