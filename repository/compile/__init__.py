"""Compiled reads: from a tree of plain values to one statement that gives the finished answer."""
