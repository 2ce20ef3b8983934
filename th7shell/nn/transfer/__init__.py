"""Transfer functions: a number in, a number out, and the soft maxima over a dimension."""
