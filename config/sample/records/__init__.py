"""Records of fictional schools with frauds of which we know: what the warnings are measured against.

Nobody's data: shapes follow what real logs show (lognormal amounts, a few suppliers with most of the business, gaps in
what offices fill in, nothing on weekends and holidays). `frauds` plants cases of every indicator and says where.
"""
