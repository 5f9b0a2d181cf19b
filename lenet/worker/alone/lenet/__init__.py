"""Stands for the package `lenet` where it is installed: with this folder's parent on its path, a
stack's Python finds `lenet` and none of the packages beside which it is installed.
"""

import os

__path__ = [os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))]
