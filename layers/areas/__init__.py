"""The studies that come with the package, one folder each: a fictional one to learn on, and real ones."""
