"""Every address of the product begins here."""

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.i18n import set_language

from config.api import api

urlpatterns = [
    path("", include("qingqu.workbench.urls")),
    path("accounts/", include("qingqu.accounts.urls")),
    path("trace/", include("qingqu.trace.urls")),
    path("organisation/", include("qingqu.organisation.urls")),
    path("messages/", include("qingqu.notifications.urls")),
    path("records/", include("qingqu.records.urls")),
    path("reviews/", include("qingqu.reviews.urls")),
    path("powers/", include("qingqu.powers.urls")),
    path("campaigns/", include("qingqu.campaigns.urls")),
    path("risks/", include("qingqu.risks.urls")),
    path("library/", include("qingqu.library.urls")),
    path("declarations/", include("qingqu.declarations.urls")),
    path("datasets/", include("qingqu.datasets.urls")),
    path("alerts/", include("qingqu.alerts.urls")),
    path("reports/", include("qingqu.reports.urls")),
    path("language", login_not_required(set_language), name="set-language"),
    path("api/v1/", api.urls),
]

handler403 = "qingqu.common.errors.page_403"
handler404 = "qingqu.common.errors.page_404"
handler500 = "qingqu.common.errors.page_500"
