"""Says that it ran on another device than the one that was asked for."""

from tests.helpers.doubles import plain


class LeNet(plain.LeNet):
    def facts(self):
        return {"device": "gpu"}
