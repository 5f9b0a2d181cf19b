"""The worker: trains one variant in one process, with whatever interpreter its stack has.

It needs Python 3.6 and NumPy, nothing else. The app's side of the pipes is
`lenet/bench/launcher.py`.
"""
