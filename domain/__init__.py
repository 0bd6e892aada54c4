"""What the program means: its rules, its use-cases, its notices, and who may do what."""
