"""The roster of a school's staff: read as offices keep it, compared with what is known, entered in bulk (S8)."""

from qingqu.organisation.roster.importing import import_file

__all__ = ["import_file"]
