"""The studies that come with the package: ``tutorial`` (fictional, complete), ``yulin`` and ``qinzhou`` (screening).

Each is a folder with a ``study.toml`` and its data. ``make_tutorial`` and ``make_guangxi`` make them; nothing here is
needed to read them.
"""
