"""Text that the page reads in its own way, written so that every renderer of the notebook's file reads the same.

The page tells mail addresses from versions of packages, ends an address where the sentence goes on, keeps single
tildes and the sign of a comparison, keeps formulas and code whole in a table's cells, and finds emphasis beside
CJK characters (`js/src/core/markdown/README.md`). The twins on the page are in `js/src/core/saved/portable/`.
"""
