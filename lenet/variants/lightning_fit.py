"""Lightning fit: a LightningModule, a shuffling DataLoader and `Trainer.fit`, as Lightning's documentation has them."""

import lightning
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lenet.variants.pytorch_eager import from_torch, network, to_torch


class Classifier(lightning.LightningModule):
    """What one writes for Lightning: network, loss, optimizer.

    Lightning calls the last two methods anyway; they cost less than a callback, which it asks at every step of a batch.
    """

    def __init__(self, settings):
        super().__init__()
        self.settings, self.network, self.loss = settings, network(), nn.CrossEntropyLoss()

    def training_step(self, batch, batch_idx):
        images, labels = batch
        loss = self.loss(self.network(images), labels)
        self.log("train_loss", loss)
        return loss

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), self.settings["learning_rate"], self.settings["momentum"])

    def on_train_batch_end(self, outputs, batch, batch_idx):
        self.tick(outputs["loss"])

    def on_train_epoch_end(self):
        self.epoch_end()


class LeNet:
    """Lightning owns the loop, and draws a progress bar; nothing is written to disk."""

    def __init__(self, weights, settings):
        torch.set_num_threads(settings["threads"])
        # On a GPU these would round the factors of a product to 10 bits.
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
        self.names, self.batch_size, self.model = list(weights), settings["batch_size"], Classifier(settings)
        with torch.no_grad():
            for parameter, array in zip(self.model.parameters(), weights.values()):
                parameter.copy_(to_torch(array))
        files = {"logger": False, "enable_checkpointing": False}
        self.trainer = lightning.Trainer(
            max_epochs=settings["epochs"], accelerator=settings["device"], devices=1, **files
        )

    def fit(self, images, labels, epochs, tick, epoch_end):
        self.model.tick, self.model.epoch_end = tick, epoch_end
        data = TensorDataset(torch.from_numpy(images).reshape(-1, 1, 28, 28), torch.from_numpy(labels))
        self.trainer.fit(self.model, DataLoader(data, batch_size=self.batch_size, shuffle=True))

    def wait(self, loss):
        # A GPU works in order: when the loss has been copied, the update before the copy is done too.
        return float(loss)

    def weights(self):
        return dict(zip(self.names, map(from_torch, self.model.parameters())))

    def facts(self):
        return {
            # Lightning moves the weights there when it begins, and back when it ends.
            "device": "gpu" if self.trainer.strategy.root_device.type == "cuda" else "cpu",
            "threads": torch.get_num_threads(),
            "jit": False,
            "layout": "channels_first",
            "dtype": "float32",
            "version": lightning.__version__,
            "tf32": torch.backends.cuda.matmul.allow_tf32 or torch.backends.cudnn.allow_tf32,
        }
