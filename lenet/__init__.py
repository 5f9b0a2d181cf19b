"""LeNet Bench: which way of training LeNet is faster, how sure is that, and why?

This file is imported by workers under interpreters down to Python 3.6: it stays empty of code.
"""
