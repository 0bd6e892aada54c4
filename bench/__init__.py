"""Measurements. Every program here takes `--quick` and prints its ratios as its last line (docs/measurements.md)."""
