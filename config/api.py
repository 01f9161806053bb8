"""The REST API under /api/v1/: one router an app, the same `access` and `actions` as the pages."""

from ninja import NinjaAPI
from ninja.security import django_auth

from qingqu.accounts.api import TokenAuth
from qingqu.accounts.api import router as accounts
from qingqu.alerts.api import router as alerts
from qingqu.alerts.api_papers import router as alert_papers
from qingqu.alerts.api_quiet import router as quiet
from qingqu.alerts.api_rules import router as indicators
from qingqu.alerts.api_steps import router as alert_steps
from qingqu.alerts.api_trials import router as trials
from qingqu.campaigns.api import router as campaigns
from qingqu.common.bodies import Body
from qingqu.datasets.api import router as datasets
from qingqu.declarations.api import router as declarations
from qingqu.declarations.progress_api import router as progress
from qingqu.organisation.api import router as organisation
from qingqu.powers.api import router as powers
from qingqu.reports.api import router as reports
from qingqu.reviews.api import router as reviews
from qingqu.risks.api import router as risks
from qingqu.trace.api_errors import install_handlers

api = NinjaAPI(
    title="Qingqu",
    version="1",
    urls_namespace="api",
    openapi_url="/openapi.json",
    parser=Body(),
    docs_url=None,  # its page loads scripts from elsewhere, which our content security policy refuses
    auth=[TokenAuth(), django_auth],
)
install_handlers(api)
api.add_router("", accounts)
api.add_router("", organisation)
api.add_router("", declarations)
api.add_router("", reviews)
api.add_router("", powers)
api.add_router("/campaigns", campaigns)
api.add_router("/campaigns", progress)
api.add_router("", risks)
api.add_router("", datasets)
api.add_router("", alerts)
api.add_router("", alert_steps)
api.add_router("", alert_papers)
api.add_router("", indicators)
api.add_router("", quiet)
api.add_router("", trials)
api.add_router("", reports)
