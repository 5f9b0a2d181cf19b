"""Raises in its fifth batch."""

from tests.helpers.doubles import plain


class LeNet(plain.LeNet):
    def step(self, images, labels):
        if self.steps == 4:
            raise ValueError("the fifth batch is bad")
        return super().step(images, labels)
