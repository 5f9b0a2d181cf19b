"""Runs elsewhere than it was asked to."""

from tests.helpers.doubles import plain


class LeNet(plain.LeNet):
    def facts(self):
        return {"device": "gpu"}
