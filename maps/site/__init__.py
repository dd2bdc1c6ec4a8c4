"""A proposal of sites: the page, the tables and the words."""
