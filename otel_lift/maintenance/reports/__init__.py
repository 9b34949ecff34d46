"""Executive reports: a day or a month on a page that can be printed, made of the named queries.

Reports travel, so groups of few people are hidden in them, whoever reads them.
"""

from otel_lift.maintenance.reports.collect import KINDS, Report, collect, period_before, period_of
from otel_lift.maintenance.reports.keep import daily_report, monthly_report
from otel_lift.maintenance.reports.page import page

__all__ = ["KINDS", "Report", "collect", "daily_report", "monthly_report", "page", "period_before", "period_of"]
