"""Variants with a mistake in them, for the exam to refuse."""
