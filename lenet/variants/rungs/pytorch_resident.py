"""PyTorch, resident data: images and labels are tensors on the device, and cut into batches, before training.

Expected: 5 to 15 us per batch on a CPU, where NumPy's memory is shared and not copied; more where it must be sent to a
GPU (torch.from_numpy; tensorflow/tensorflow #2919 is the extreme).
"""

import torch

from lenet.variants.rungs import pytorch_fused


class LeNet(pytorch_fused.LeNet):
    """The loop is its own, because it must see all images at once."""

    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        self.batch_size = settings["batch_size"]

    def fit(self, images, labels, epochs, tick, epoch_end):
        images = torch.from_numpy(images).reshape(-1, 1, 28, 28).to(self.device, memory_format=torch.channels_last)
        batches = images.split(self.batch_size), torch.from_numpy(labels).to(self.device).split(self.batch_size)
        for _ in range(epochs):
            for batch in zip(*batches):
                tick(self.step(*batch))
            epoch_end()

    def step(self, images, labels):
        self.optimizer.zero_grad()
        loss = self.loss(self.model(images), labels)
        loss.backward()
        self.optimizer.step()
        return loss.detach()
