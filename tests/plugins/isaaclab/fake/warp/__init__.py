import os

from warp._src.context import Module


class config:  # noqa: N801
    quiet = False
    kernel_cache_dir = os.environ.get("WARP_CACHE_PATH")


def load(name, device):
    Module(name).load(device)
