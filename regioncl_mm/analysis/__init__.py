"""Parts of the tools in analysis/."""
