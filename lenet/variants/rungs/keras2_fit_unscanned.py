"""Keras 2 fit, unscanned: looks once whether its variables are initialized, not in every batch.

This is the nearest that Keras 2.0.6 comes to "re-creating something on each mini-batch": `get_session` enters the graph
and asks every variable for a mark. Keras 2.0.9 asked TensorFlow instead, in a `session.run` of its own.

Expected: some 20 us per batch.
Source: keras/backend/tensorflow_backend.py (`get_session`, `_initialize_variables`) of Keras 2.0.6; keras-team/keras
#8381 for 2.0.9.
"""

import keras

from lenet.variants.rungs.keras2_fit_in_order import LeNet as Parent


class LeNet(Parent):
    """The same `fit`; its variables are initialized by hand."""

    def fit(self, images, labels, epochs, tick, epoch_end):
        self.model.model._make_train_function()
        keras.backend.get_session()
        keras.backend.manual_variable_initialization(True)
        super().fit(images, labels, epochs, tick, epoch_end)
