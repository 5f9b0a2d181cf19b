"""The reference with Nesterov's momentum."""

from tests.helpers.planted.mistakes import Nesterov as LeNet

__all__ = ["LeNet"]
