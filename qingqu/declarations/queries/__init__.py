"""What pages, acts and papers read of forms, each in a fixed number of SQL statements."""

from qingqu.declarations.queries.draft import Draft, draft
from qingqu.declarations.queries.mine import Holding, earlier_years, holding, mine, open_campaign, own_or_headed
from qingqu.declarations.queries.places import Places, places
from qingqu.declarations.queries.sources import (
    first_items_of,
    items_of_post,
    posts_for,
    posts_of,
    step_templates,
    years_form,
)

__all__ = [
    "Draft",
    "Holding",
    "Places",
    "draft",
    "earlier_years",
    "first_items_of",
    "holding",
    "items_of_post",
    "mine",
    "open_campaign",
    "own_or_headed",
    "places",
    "posts_for",
    "posts_of",
    "step_templates",
    "years_form",
]
