"""A program with absl's flags and logging, which parses the command line when it is imported."""

import sys

from absl import flags, logging

from lenet.variants import numpy_reference

VARIANT = {"title": "absl's flags", "packages": ["absl-py"]}

FLAGS = flags.FLAGS
flags.DEFINE_integer("log_every_steps", 10, "How often the loss is logged.")
FLAGS(sys.argv)
logging.set_verbosity(logging.INFO)


class LeNet(numpy_reference.LeNet):
    steps = 0

    def step(self, images, labels):
        loss = super().step(images, labels)
        self.steps += 1
        if self.steps % FLAGS.log_every_steps == 0:
            logging.info("step %d, loss %.3f", self.steps, loss)
        return loss
