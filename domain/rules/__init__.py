"""Pure functions: no session, no clock."""
