"""The kinds of rules a plan may state, one module each."""
