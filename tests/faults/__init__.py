"""What goes wrong on the way: kills, doubled and malformed updates, refusals, broken lines."""
