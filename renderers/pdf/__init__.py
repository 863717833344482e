"""Paper: the printed report and its tables as PDF. `report.render` is the door; WeasyPrint stays in this folder."""
