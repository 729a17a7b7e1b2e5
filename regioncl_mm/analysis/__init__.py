"""What the tools in tools/analysis do."""
