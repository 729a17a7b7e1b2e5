"""What tools/check_data.py looks at."""
