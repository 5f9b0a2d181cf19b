"""PyTorch with a DataLoader that has two worker processes; they speak through sockets and shared memory."""

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lenet.variants.pytorch_eager import from_torch, network, to_torch

VARIANT = {"title": "DataLoader with workers", "packages": ["torch"], "stack": "torch"}


class LeNet:
    def __init__(self, weights, settings):
        torch.set_num_threads(settings["threads"])
        self.names, self.batch_size = list(weights), settings["batch_size"]
        self.model = network()
        with torch.no_grad():
            for parameter, array in zip(self.model.parameters(), weights.values(), strict=True):
                parameter.copy_(to_torch(array))
        self.criterion = nn.CrossEntropyLoss()
        self.optimizer = torch.optim.SGD(
            self.model.parameters(), lr=settings["learning_rate"], momentum=settings["momentum"]
        )

    def fit(self, images, labels, epochs, tick, epoch_end):
        data = TensorDataset(torch.tensor(images).permute(0, 3, 1, 2), torch.tensor(labels))
        loader = DataLoader(data, batch_size=self.batch_size, num_workers=2, persistent_workers=True)
        for _ in range(epochs):
            for x, y in loader:
                self.optimizer.zero_grad()
                loss = self.criterion(self.model(x), y)
                loss.backward()
                self.optimizer.step()
                tick(loss.detach())
            epoch_end()

    def wait(self, loss):
        return loss.item()

    def weights(self):
        return dict(zip(self.names, map(from_torch, self.model.parameters()), strict=True))

    def facts(self):
        return {"device": "cpu", "threads": torch.get_num_threads(), "parameters": next(self.model.parameters()).dtype}
