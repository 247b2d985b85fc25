"""The demo: three invented companies and thirteen months of their traffic, the same for the same `now`."""
