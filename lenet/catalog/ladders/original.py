"""The ladder of 2017: the two programs of issue 7439 on the versions they were written for."""

from __future__ import annotations

from lenet.catalog.entries import Change, Ladder, Variant
from lenet.catalog.variants import FETCHES_LOSS, KERAS2_RACE, PROGRESS_BAR, SHUFFLES, VARIANTS

KERAS2, TENSORFLOW1 = VARIANTS["keras2_fit"], VARIANTS["tensorflow1_graph"]
LOOP = KERAS2.as_rung("keras2_loop", "Keras 2 loop", shuffles=False, caveats=(KERAS2_RACE,))
# Rungs of TensorFlow's program use a part of Keras, so they need Keras's environment too.
PARTLY_KERAS = TENSORFLOW1.as_rung(
    "tensorflow1_progress_bar",
    "TensorFlow 1, progress bar",
    packages=KERAS2.packages,
    environment=KERAS2.environment,
    owns_loop=True,
    caveats=(FETCHES_LOSS, PROGRESS_BAR),
)
FIT = PARTLY_KERAS.as_rung(
    "tensorflow1_fit", "TensorFlow 1 fit", shuffles=True, caveats=(FETCHES_LOSS, SHUFFLES, PROGRESS_BAR)
)
UNGATED = FIT.as_rung(
    "tensorflow1_fit_ungated",
    "TensorFlow 1 fit, ungated",
    tolerance=KERAS2.tolerance,
    caveats=(*FIT.caveats, KERAS2_RACE),
)

RUNGS: tuple[Variant, ...] = (
    # From Keras's program forward.
    KERAS2.as_rung("keras2_fit_silent", "Keras 2 fit, silent", caveats=(SHUFFLES, KERAS2_RACE)),
    LOOP.as_rung("keras2_fit_in_order", "Keras 2 fit, in order"),
    LOOP.as_rung("keras2_fit_unscanned", "Keras 2 fit, unscanned"),
    LOOP.as_rung("keras2_fit_untimed", "Keras 2 fit, untimed"),
    LOOP,
    LOOP.as_rung("keras2_loop_no_accuracy", "Keras 2 loop, no accuracy"),
    LOOP.as_rung("keras2_loop_logits", "Keras 2 loop, logits"),
    LOOP.as_rung("keras2_loop_integers", "Keras 2 loop, integers"),
    LOOP.as_rung("keras2_loop_unweighted", "Keras 2 loop, unweighted"),
    # From here on the gate holds Keras's race back.
    LOOP.as_rung("keras2_loop_gated", "Keras 2 loop, gated", tolerance=1e-5, caveats=()),
    LOOP.as_rung("keras2_loop_fused", "Keras 2 loop, fused", tolerance=1e-5, caveats=()),
    # From TensorFlow's program backward.
    PARTLY_KERAS,
    FIT.as_rung("tensorflow1_shuffled", "TensorFlow 1, shuffled"),
    FIT.as_rung("tensorflow1_scanned", "TensorFlow 1, scanned"),
    FIT.as_rung("tensorflow1_timed_callbacks", "TensorFlow 1, timed callbacks"),
    FIT,
    FIT.as_rung("tensorflow1_fit_accuracy", "TensorFlow 1 fit, accuracy"),
    FIT.as_rung("tensorflow1_fit_softmax", "TensorFlow 1 fit, softmax"),
    FIT.as_rung("tensorflow1_fit_one_hot", "TensorFlow 1 fit, one-hot"),
    FIT.as_rung("tensorflow1_fit_weighted", "TensorFlow 1 fit, weighted"),
    UNGATED,
    UNGATED.as_rung("tensorflow1_fit_unfused", "TensorFlow 1 fit, unfused"),
)

LADDERS: tuple[Ladder, ...] = (
    Ladder(
        "original",
        "2017: Keras 2.0 to TensorFlow 1.2",
        "keras2_fit",
        (
            Change("Progress bar", "keras2_fit_silent", "tensorflow1_progress_bar"),
            Change("Shuffle and gather", "keras2_fit_in_order", "tensorflow1_shuffled"),
            Change("Scan of the variables", "keras2_fit_unscanned", "tensorflow1_scanned"),
            Change("Timing of callbacks", "keras2_fit_untimed", "tensorflow1_timed_callbacks"),
            Change("Loop of fit", "keras2_loop", "tensorflow1_fit"),
            Change("Accuracy", "keras2_loop_no_accuracy", "tensorflow1_fit_accuracy"),
            Change("Loss on probabilities", "keras2_loop_logits", "tensorflow1_fit_softmax"),
            Change("One-hot labels", "keras2_loop_integers", "tensorflow1_fit_one_hot"),
            Change("Weights in the loss", "keras2_loop_unweighted", "tensorflow1_fit_weighted"),
            Change("Ungated gradients", "keras2_loop_gated", "tensorflow1_fit_ungated"),
            Change("Unfused update", "keras2_loop_fused", "tensorflow1_fit_unfused"),
            Change("Keras layers", "tensorflow1_graph"),
        ),
        # The wheel of 2017 computes without AVX, some 0.6 ms per image, which hides all else in
        # larger batches. With a fourth round of its two dozen states it takes more than ten minutes
        # on two cores.
        {"batch_size": 1, "images_per_epoch": 600, "rounds": 3},
    ),
)
