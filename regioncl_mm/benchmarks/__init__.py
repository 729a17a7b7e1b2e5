"""What the scripts in ``tools/benchmarks`` measure, and how."""
