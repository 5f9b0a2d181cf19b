"""Takes several times as long as plain."""

from tests.helpers.doubles import plain


class LeNet(plain.LeNet):
    seconds = 0.006
