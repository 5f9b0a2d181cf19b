"""PyTorch DataLoader: the loop of PyTorch's quickstart, with shuffled batches by a `DataLoader`, and accuracy."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lenet.variants.pytorch_eager import from_torch, network, to_torch


class LeNet:
    """The DataLoader fetches image by image and stacks them, in the training process (`num_workers=0`, the default)."""

    def __init__(self, weights, settings):
        torch.set_num_threads(settings["threads"])
        # On a GPU these would round the factors of a product to 10 bits.
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
        self.names, self.batch_size = list(weights), settings["batch_size"]
        self.device = "cuda" if settings["device"] == "gpu" else "cpu"
        self.model = network().to(self.device)
        with torch.no_grad():
            for parameter, array in zip(self.model.parameters(), weights.values()):
                parameter.copy_(to_torch(array))
        self.loss = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(self.model.parameters(), settings["learning_rate"], settings["momentum"])

    def fit(self, images, labels, epochs, tick, epoch_end):
        data = TensorDataset(torch.from_numpy(images).reshape(-1, 1, 28, 28), torch.from_numpy(labels))
        loader = DataLoader(data, batch_size=self.batch_size, shuffle=True)
        for _ in range(epochs):
            self.model.train()
            correct = 0
            for images, labels in loader:
                images, labels = images.to(self.device), labels.to(self.device)
                outputs = self.model(images)
                loss = self.loss(outputs, labels)
                loss.backward()
                self.optimizer.step()
                self.optimizer.zero_grad()
                correct += (outputs.argmax(1) == labels).type(torch.float).sum().item()
                tick(loss.detach())
            self.accuracy = correct / len(data)
            epoch_end()

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
