"""Static pages that a PTL keeps open: what is asked, drawn and written. Entry: `reports.dashboard.site.build`."""
