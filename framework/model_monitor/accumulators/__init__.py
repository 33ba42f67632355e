"""Accumulate statistics: update an accumulator with a chunk, merge it with another, finish it.

That needs one pass over the data, and bounded memory.
"""
