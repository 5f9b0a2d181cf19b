"""The figures of a run that still trains. Each takes only the batches that are new, so that a look
costs the same however long the run has become, and holds little.

They are for the live page alone. Where an exact figure would need every batch again they hold one
that is near it, and say how near. The result of a race that has ended is worked out exactly.
"""
