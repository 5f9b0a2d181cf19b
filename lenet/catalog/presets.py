"""The table of presets: named choices of variants and settings."""

from __future__ import annotations

from lenet.catalog.entries import Preset

PRESETS: dict[str, Preset] = {
    p.name: p
    for p in (
        Preset(
            "quick",
            "Quick look",
            "Keras against TensorFlow on a part of the images: a first answer within a minute on two cores.",
            ("tensorflow_graph", "keras_fit"),
            {"images_per_epoch": 6400, "epochs": 1, "rounds": 3},
        ),
        Preset(
            "issue7439",
            "Issue 7439",
            "The original question at its full size: batch 32, 12 epochs, all 60,000 images.",
            ("tensorflow_graph", "keras_fit"),
            {"batch_size": 32, "epochs": 12, "learning_rate": 0.01, "momentum": 0.9, "images_per_epoch": 60_000},
        ),
    )
}
