"""Where gunicorn finds the product."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
_ = get_resolver().url_patterns  # what the first request would import
gc.freeze()  # all of this stays: the collector's pauses are a quarter as long when it does not look at it again
