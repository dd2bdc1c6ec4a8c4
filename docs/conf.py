"""The guide as a site: `sphinx-build -W docs build/guide` (Sphinx with MyST reads the Markdown pages as they are)."""

project = "carereach"
extensions = ["myst_parser"]
exclude_patterns = ["wish-list.md"]
html_theme = "alabaster"
html_theme_options = {"description": "How far care reaches", "page_width": "1080px", "fixed_sidebar": True}
html_show_copyright = False
html_show_sourcelink = False
myst_heading_anchors = 3
language = "en"
