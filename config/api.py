"""The REST API under /api/v1/: one router an app, the same `access` and `actions` as the pages."""

from ninja import NinjaAPI

from qingqu.trace.api_errors import install_handlers

api = NinjaAPI(title="Qingqu", version="1", urls_namespace="api", openapi_url="/openapi.json")
install_handlers(api)
