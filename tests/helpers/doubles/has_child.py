"""Starts a child process that does not end by itself."""

import subprocess

from tests.helpers.doubles import plain


class LeNet(plain.LeNet):
    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        subprocess.Popen(["sleep", "4739"])
