"""Scenarios side by side: the page, the tables and the terminal."""
