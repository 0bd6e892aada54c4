"""The check-in written in two well-known ways, to measure against: the same questions, one insert at the end."""
