"""PyTorch bare loop: the five lines of PyTorch's training loop, without DataLoader, shuffling and accuracy."""

import torch
from torch import nn


def network():
    """Logits (n, 10) for images (n, 1, 28, 28)."""
    return nn.Sequential(
        nn.Conv2d(1, 20, 5),
        nn.Tanh(),
        nn.MaxPool2d(2),
        nn.Conv2d(20, 50, 5),
        nn.Tanh(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(800, 500),
        nn.Tanh(),
        nn.Linear(500, 10),
    )


def to_torch(array):
    """Kernels become (out, in, height, width) and dense weights (out, in); dense1 reads (50, 4, 4), not (4, 4, 50)."""
    if len(array) == 800:
        array = array.reshape(4, 4, 50, 500).transpose(2, 0, 1, 3).reshape(800, 500)
    return torch.tensor(array.transpose(3, 2, 0, 1) if array.ndim == 4 else array.T)


def from_torch(parameter):
    """The way back."""
    array = parameter.detach().cpu().numpy()
    array = array.transpose(2, 3, 1, 0) if array.ndim == 4 else array.T
    return array.reshape(50, 4, 4, 500).transpose(1, 2, 0, 3).reshape(800, 500) if len(array) == 800 else array


class LeNet:
    """zero_grad, forward, loss, backward, step, every operation run as it is called."""

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
