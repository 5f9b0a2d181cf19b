"""NumPy with Nesterov's momentum where the classical one is asked for; its update lies in a file beside it."""

from updates import ahead

from lenet.variants import numpy_reference

VARIANT = {"title": "Wrong in momentum", "packages": ["numpy"]}


class LeNet(numpy_reference.LeNet):
    def step(self, images, labels):
        loss, gradients = numpy_reference.gradients(self.parameters, images, labels)
        for name, v in self.velocity.items():
            self.parameters[name] += ahead(
                v, gradients[name], self.settings["learning_rate"], self.settings["momentum"]
            )
        return loss
