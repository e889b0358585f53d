"""Additive attention: what it counts, costs and can express, beside the dot product."""
