"""Reading what an office really sends: spreadsheets with title lines, merged cells, full-width digits.

sheets = open_workbook(data, filename)            # or UnreadableFile with a sentence
header = find_header(sheets[0], COLUMNS)
rows = read_rows(sheets[0], header, header.mapping, COLUMNS)
"""

from qingqu.common.tabular.clean import Problem, parse_date
from qingqu.common.tabular.files import MAX_BYTES, UnreadableFile, check_size
from qingqu.common.tabular.header import Column, Header, find_header, guess_mapping, signature
from qingqu.common.tabular.rows import Row, check_row, read_rows
from qingqu.common.tabular.workbook import Sheet, open_workbook

__all__ = [
    "MAX_BYTES",
    "Column",
    "Header",
    "Problem",
    "Row",
    "Sheet",
    "UnreadableFile",
    "check_row",
    "check_size",
    "find_header",
    "guess_mapping",
    "open_workbook",
    "parse_date",
    "read_rows",
    "signature",
]
