"""The guest side: trains one variant in one process, inside whatever interpreter its stack has.

Needs Python 3.6 and NumPy, nothing else. The parent's side of the conversation is
`lenet/bench/launcher.py`.
"""
