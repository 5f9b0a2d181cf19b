"""Owns its loop and leaves the last epoch out."""

from tests.helpers.doubles import fits


class LeNet(fits.LeNet):
    def fit(self, images, labels, epochs, tick, epoch_end):
        super().fit(images, labels, epochs - 1, tick, epoch_end)
