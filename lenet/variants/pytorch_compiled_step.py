"""PyTorch compiled step: zero_grad, forward, backward and optimizer, all in one function through `torch.compile`."""

import torch
from torch import nn

from lenet.variants.pytorch_eager import from_torch, network, to_torch


class LeNet:
    """PyTorch does not trace `zero_grad` and `backward`: it compiles what lies between them, and the update."""

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
        self.optimizer = torch.optim.SGD(self.model.parameters(), settings["learning_rate"], settings["momentum"])
        # SGD would make these in its first update, in the memory of a CUDA graph, which the next batch overwrites.
        for parameter in self.model.parameters():
            self.optimizer.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)
        # On a GPU each part becomes a CUDA graph: its kernels are launched by one call.
        mode = "reduce-overhead" if self.device == "cuda" else "default"
        self.compiled = torch.compile(self._train, mode=mode)

    def step(self, images, labels):
        images = torch.from_numpy(images).reshape(-1, 1, 28, 28).to(self.device)
        labels = torch.from_numpy(labels).to(self.device)
        # The next batch overwrites what a CUDA graph returned.
        return self.compiled(images, labels).clone()

    def _train(self, images, labels):
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
            "jit": True,
            "layout": "channels_first",
            "dtype": "float32",
            "version": torch.__version__,
            "tf32": torch.backends.cuda.matmul.allow_tf32 or torch.backends.cudnn.allow_tf32,
        }
