"""The table of variants, which imports no framework. A variant's file is named after it.

To add a variant, write its file in `lenet/variants/` and one entry here, with its family's hue of
`lenet.charts.colors` and the first `mark` of that hue that is free.
"""

from __future__ import annotations

import os
from typing import Any

from lenet.catalog.entries import Variant

TF, KERAS_TF, JAX = ("tensorflow",), ("keras", "tensorflow"), ("jax", "jaxlib")
# On a GPU, TensorFlow and JAX would take most of the memory at once and leave none for the next
# run.
ON_TF = {"TF_FORCE_GPU_ALLOW_GROWTH": "true"}
ON_JAX = {"XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
KERAS_ON_TF = {**ON_TF, "KERAS_BACKEND": "tensorflow"}
# Keras 2.0 looks for the user's configuration in the home folder only.
NO_KERAS_JSON = {"HOME": os.devnull}
FIT: dict[str, Any] = {"owns_loop": True, "shuffles": True, "running_loss": True}
FIT2: dict[str, Any] = {"owns_loop": True, "shuffles": True}
FIVE: dict[str, Any] = {"owns_loop": True, "batches_per_call": 5}

FETCHES_LOSS = "Fetches the loss of every batch; the issue's program ran the training operation alone."
CASTS_LABELS = "Casts its labels in every batch, as the issue's program did."
OWN_OPTIMIZER = "Uses TensorFlow's own momentum optimizer (tf.compat.v1); the tutorials use Keras's."
NO_TF32 = "On a GPU it computes in full float32; as shipped the framework would use TF32 there."
SHUFFLES = "Shuffles the images itself, as the issue's program did: same images, its own batches."
PROGRESS_BAR = "Its progress bar is drawn after a batch's end and counts towards the next batch."
OF_FIT = (NO_TF32, SHUFFLES, PROGRESS_BAR)
COMPILER = "Needs a C++ compiler on the machine."
COMPILES_ANEW = "Compiles anew in every run; a user's second start finds on disk what the first one compiled."
FIVE_A_CALL = "Trains five batches per call, each of which gets a fifth of its time; only the last one's loss is seen."
KERAS2_RACE = (
    "Keras 2.0 on TensorFlow 1 may update a weight while the backward pass still needs the old one: after 20 batches "
    "weights were off by up to 0.013 (batch 7), 0.05 (batch 1); with gradients gated they equal the reference."
)

VARIANTS: dict[str, Variant] = {
    v.name: v
    for v in (
        Variant("numpy_reference", "NumPy reference", ("numpy",), color="brown", caveats=("Computes in float64.",)),
        Variant(
            "tensorflow_graph", "TensorFlow graph", TF, color="blue", environment=ON_TF, caveats=(NO_TF32, FETCHES_LOSS)
        ),
        Variant(
            "tensorflow_function",
            "TensorFlow function",
            TF,
            color="blue",
            mark=1,
            environment=ON_TF,
            caveats=(NO_TF32, OWN_OPTIMIZER),
        ),
        Variant(
            "tensorflow_eager",
            "TensorFlow eager",
            TF,
            color="blue",
            mark=2,
            environment=ON_TF,
            caveats=(NO_TF32, OWN_OPTIMIZER),
        ),
        Variant(
            "tensorflow_xla",
            "TensorFlow XLA",
            TF,
            color="blue",
            mark=3,
            environment=ON_TF,
            about=("jit",),
            caveats=(NO_TF32, OWN_OPTIMIZER),
        ),
        Variant(
            "tensorflow_retracing",
            "TensorFlow retracing",
            TF,
            color="blue",
            mark=4,
            environment=ON_TF,
            caveats=(
                NO_TF32,
                OWN_OPTIMIZER,
                "Traces its step anew in every batch, by intent: to see that it is found.",
            ),
        ),
        Variant(
            "tensorflow_dataset",
            "TensorFlow dataset",
            TF,
            color="blue",
            mark=5,
            environment=ON_TF,
            owns_loop=True,
            caveats=(
                NO_TF32,
                OWN_OPTIMIZER,
                "Its pipeline cuts batches during a pause too: the next ones are fed quicker.",
            ),
        ),
        Variant("keras_fit", "Keras fit", KERAS_TF, color="green", environment=KERAS_ON_TF, **FIT, caveats=OF_FIT),
        Variant(
            "keras_train_on_batch",
            "Keras train_on_batch",
            KERAS_TF,
            color="green",
            mark=1,
            environment=KERAS_ON_TF,
            caveats=(
                NO_TF32,
                "Makes one-hot labels in every step; a user's own loop would make them once, before training.",
                "Keras reads loss and accuracy back on every batch, also where the experiment does not wait.",
            ),
        ),
        Variant(
            "keras_xla",
            "Keras XLA",
            KERAS_TF,
            color="green",
            mark=2,
            environment=KERAS_ON_TF,
            **FIT,
            about=("jit",),
            caveats=OF_FIT,
        ),
        Variant(
            "keras_steps_per_execution",
            "Keras steps per execution",
            KERAS_TF,
            color="green",
            mark=3,
            environment=KERAS_ON_TF,
            **FIVE,
            running_loss=True,
            caveats=(NO_TF32, FIVE_A_CALL, PROGRESS_BAR, "Does not shuffle: then its check has five batches a call."),
        ),
        Variant(
            "keras_lean",
            "Keras lean",
            KERAS_TF,
            color="green",
            mark=4,
            environment=KERAS_ON_TF,
            owns_loop=True,
            running_loss=True,
            caveats=(NO_TF32, "Leaves out one-hot labels, softmax, accuracy, shuffling and the progress bar."),
        ),
        Variant("pytorch_eager", "PyTorch eager", ("torch",), "torch", color="vermilion", caveats=(NO_TF32,)),
        Variant(
            "pytorch_channels_last",
            "PyTorch channels last",
            ("torch",),
            "torch",
            color="vermilion",
            mark=1,
            about=("layout",),
            caveats=(NO_TF32,),
        ),
        Variant(
            "pytorch_compiled",
            "PyTorch compiled",
            ("torch",),
            "torch",
            color="vermilion",
            mark=2,
            about=("jit",),
            caveats=(
                NO_TF32,
                COMPILER,
                COMPILES_ANEW,
            ),
        ),
        Variant(
            "pytorch_dataloader",
            "PyTorch DataLoader",
            ("torch",),
            "torch",
            color="vermilion",
            mark=3,
            owns_loop=True,
            shuffles=True,
            caveats=(NO_TF32, SHUFFLES, "Reads the count of right answers on every batch, as its tutorial does."),
        ),
        Variant(
            "pytorch_compiled_step",
            "PyTorch compiled step",
            ("torch",),
            "torch",
            color="vermilion",
            mark=4,
            about=("jit",),
            caveats=(
                NO_TF32,
                COMPILER,
                COMPILES_ANEW,
                "Compiled in parts: PyTorch 2.13 does not trace zero_grad and backward(), so they part it.",
            ),
        ),
        Variant(
            "pytorch_fused_sgd",
            "PyTorch fused SGD",
            ("torch",),
            "torch",
            color="vermilion",
            mark=5,
            caveats=(NO_TF32,),
        ),
        Variant(
            "pytorch_fused_channels_last",
            "PyTorch fused SGD, channels last",
            ("torch",),
            "torch",
            color="vermilion",
            mark=6,
            about=("layout",),
            caveats=(NO_TF32,),
        ),
        Variant(
            "lightning_fit",
            "Lightning fit",
            ("lightning", "torch"),
            "torch",
            color="vermilion",
            mark=7,
            owns_loop=True,
            shuffles=True,
            caveats=(NO_TF32, SHUFFLES, "Draws its progress bar in every batch, inside the batch's time."),
        ),
        Variant(
            "keras_torch",
            "Keras on PyTorch",
            ("keras", "torch"),
            "torch",
            color="green",
            mark=5,
            environment={"KERAS_BACKEND": "torch"},
            **FIT,
            caveats=OF_FIT,
        ),
        Variant(
            "keras_torch_compiled",
            "Keras on PyTorch compiled",
            ("keras", "torch"),
            "torch",
            color="teal",
            mark=5,
            environment={"KERAS_BACKEND": "torch"},
            **FIT,
            about=("jit",),
            caveats=(
                NO_TF32,
                SHUFFLES,
                "Its progress bar is drawn by a second thread, during the next batch.",
                COMPILER,
                COMPILES_ANEW,
                "Compiled in parts: at backward(), and where Keras's SGD reads its rate, Python takes over.",
            ),
        ),
        Variant(
            "jax_jit",
            "JAX jit",
            JAX,
            "jax",
            color="violet",
            environment=ON_JAX,
            about=("jit",),
            caveats=(NO_TF32,),
        ),
        Variant(
            "jax_scan",
            "JAX scan",
            JAX,
            "jax",
            color="violet",
            mark=1,
            environment=ON_JAX,
            **FIVE,
            about=("jit",),
            caveats=(NO_TF32, FIVE_A_CALL),
        ),
        Variant(
            "flax_nnx",
            "Flax NNX",
            (*JAX, "flax", "optax"),
            "jax",
            color="violet",
            mark=2,
            environment=ON_JAX,
            about=("jit",),
            caveats=(NO_TF32,),
        ),
        Variant(
            "keras_jax",
            "Keras on JAX",
            (*JAX, "keras"),
            "jax",
            color="green",
            mark=6,
            environment={**ON_JAX, "KERAS_BACKEND": "jax"},
            **FIT,
            caveats=(NO_TF32, SHUFFLES, "Its progress bar is drawn by a second thread, during the next batch."),
        ),
        Variant(
            "tensorflow1_graph",
            "TensorFlow 1 graph",
            TF,
            "tf1",
            color="blue",
            mark=6,
            caveats=(FETCHES_LOSS, CASTS_LABELS),
        ),
        Variant(
            "tensorflow1_growing",
            "TensorFlow 1 growing",
            TF,
            "tf1",
            color="blue",
            mark=7,
            caveats=(
                FETCHES_LOSS,
                CASTS_LABELS,
                "Adds to its graph in every batch, by intent: to see that it is found.",
            ),
        ),
        Variant(
            "keras2_fit",
            "Keras 2 fit",
            KERAS_TF,
            "tf1",
            color="green",
            mark=7,
            environment={**NO_KERAS_JSON, "KERAS_BACKEND": "tensorflow"},
            **FIT2,
            tolerance=0.1,
            caveats=(SHUFFLES, PROGRESS_BAR, KERAS2_RACE),
        ),
        Variant(
            "cntk_trainer",
            "CNTK trainer",
            ("cntk",),
            "cntk",
            color="ochre",
            caveats=(
                "Has everybody's momentum (unit_gain=False); the program of 2017 had CNTK's, a tenth of the step.",
                "Makes one-hot labels in every step; the program of 2017 made them once, before training.",
                "Reads the loss of every batch; the program of 2017 read one per epoch.",
            ),
        ),
        Variant(
            "keras2_cntk",
            "Keras 2 on CNTK",
            ("cntk", "keras"),
            "cntk",
            color="ochre",
            mark=1,
            environment={**NO_KERAS_JSON, "KERAS_BACKEND": "cntk"},
            **FIT2,
            caveats=(SHUFFLES, PROGRESS_BAR),
        ),
    )
}
