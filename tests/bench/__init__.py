"""`make bench`: how fast the product is beside what cannot be faster, on this machine, as ratios of one run.

Nothing here is a test: speed is measured, never asserted. `QUICK=1` measures a tenth of the data in a minute.
"""
