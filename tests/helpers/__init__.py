"""Helpers of all tests.

They are stored and simulated experiments, stand-ins for variants, planted mistakes, golden outputs.
"""
