"""The heads of multi-head attention, one by one: switch them off, measure them, cut them out.

Nothing here knows which network it works on, as long as ``find`` knows the names of its projections.
A head is named by its layer and its place in it, both counted from 0.
"""
