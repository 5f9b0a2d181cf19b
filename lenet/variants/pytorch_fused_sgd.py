"""PyTorch fused SGD: pytorch_eager with `fused=True`, by which one call updates all weights."""

import torch
from torch import nn

from lenet.variants.pytorch_eager import from_torch, network, to_torch


class LeNet:
    """zero_grad, forward, backward, and a step without two operations for each weight."""

    def __init__(self, weights, settings):
        torch.set_num_threads(settings["threads"])
        # On a GPU these would round the factors of a product to 10 bits.
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
        self.names, self.device = list(weights), "cuda" if settings["device"] == "gpu" else "cpu"
        self.model = network().to(self.device)
        with torch.no_grad():
            for parameter, array in zip(self.model.parameters(), weights.values()):
                parameter.copy_(to_torch(array))
        self.loss = nn.CrossEntropyLoss()
        rate, momentum = settings["learning_rate"], settings["momentum"]
        self.optimizer = torch.optim.SGD(self.model.parameters(), rate, momentum, fused=True)

    def step(self, images, labels):
        images = torch.from_numpy(images).reshape(-1, 1, 28, 28).to(self.device)
        labels = torch.from_numpy(labels).to(self.device)
        self.optimizer.zero_grad()
        loss = self.loss(self.model(images), labels)
        loss.backward()
        self.optimizer.step()
        return loss.detach()

    def wait(self, loss):
        # A GPU works in order: when the loss has been copied, the update before the copy is done too.
        return float(loss)

    def weights(self):
        return dict(zip(self.names, map(from_torch, self.model.parameters())))

    def facts(self):
        return {
            "device": "gpu" if next(self.model.parameters()).is_cuda else "cpu",
            "threads": torch.get_num_threads(),
            "jit": False,
            "layout": "channels_first",
            "dtype": "float32",
            "version": torch.__version__,
            "tf32": torch.backends.cuda.matmul.allow_tf32 or torch.backends.cudnn.allow_tf32,
        }
