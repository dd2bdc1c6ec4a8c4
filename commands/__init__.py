"""The commands, by subject; :mod:`carereach.cli` puts them together."""
