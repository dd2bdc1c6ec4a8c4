"""The report that a planner hands in: its content as data, and its writers (Word, PDF)."""
