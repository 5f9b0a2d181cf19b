"""PyTorch, the whole step compiled: forward, backward and update as one function, without autograd's own machinery.

Expected: 50 to 200 us per batch: operations are fused, and Python, dispatcher and autograd graph are left out of every
batch (https://pytorch.org/docs/stable/generated/torch.func.grad_and_value.html; pytorch/pytorch #45408; Keras's page of
benchmarks has 693 to 202 ms for BERT compiled).
"""

import torch

from lenet.variants.rungs import pytorch_resident


class LeNet(pytorch_resident.LeNet):
    """torch.compile around torch.func; the update is classical momentum, in place."""

    def __init__(self, weights, settings):
        super().__init__(weights, settings)
        self.rate, self.momentum = settings["learning_rate"], settings["momentum"]
        self.parameters = {name: parameter.detach() for name, parameter in self.model.named_parameters()}
        self.velocity = {name: torch.zeros_like(parameter) for name, parameter in self.parameters.items()}
        self.step = torch.compile(self._step, fullgraph=True)

    def _loss(self, parameters, images, labels):
        return self.loss(torch.func.functional_call(self.model, parameters, (images,)), labels)

    def _step(self, images, labels):
        gradients, loss = torch.func.grad_and_value(self._loss)(self.parameters, images, labels)
        for name, gradient in gradients.items():
            velocity = self.velocity[name].mul_(self.momentum).add_(gradient)
            self.parameters[name].sub_(velocity, alpha=self.rate)
        return loss
