"""The paper's tables with our numbers beside them (tools/report.py)."""
