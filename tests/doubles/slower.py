"""Takes several times as long as plain."""

from tests.doubles import plain


class LeNet(plain.LeNet):
    seconds = 0.006
