"""Variants with a mistake, which the exam must refuse."""
