"""Says whether it is being watched, as its device, after the thirtieth batch."""

import sys

from tests.helpers.doubles import plain


class LeNet(plain.LeNet):
    watched = ()

    def step(self, images, labels):
        if self.steps == 30:
            modules = [name for name in sys.modules if name.startswith("lenet.worker.")]
            hooks = sys.getprofile() is not None, sys.gettrace() is not None, "tracemalloc" in sys.modules
            self.watched = [list(hooks), sorted(modules)]
        return super().step(images, labels)

    def facts(self):
        return dict(super().facts(), watched=self.watched)
