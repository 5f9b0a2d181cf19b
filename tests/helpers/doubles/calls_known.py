"""Each batch calls three Python functions and two C functions, every tenth batch one Python function more."""

from tests.helpers.doubles import plain


def nothing():
    """Called three times a batch, with `step` and `wait`."""


class LeNet(plain.LeNet):
    def step(self, images, labels):
        self.steps += 1
        nothing()
        len(labels)
        abs(-1)
        if self.steps % 10 == 0:
            nothing()
        return 0.5
