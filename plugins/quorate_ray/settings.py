"""Settings of the launcher. Imports no Ray."""

from dataclasses import dataclass

from quorate.settings import setting


@dataclass
class RaySettings:
    """A cluster that runs already; its machines share the folder of the comparison, and have the same packages."""

    address: str = setting("auto", "Of the cluster: HOST:PORT, or auto, as `ray status` finds it.")
    cpus: float | None = setting(None, "Cores that one run is given; null: as many as its threads.", above=0)
    gpus: float = setting(1.0, "GPUs that a run on a GPU is given; 0.5 puts two runs on one.", minimum=0)
    memory: float | None = setting(None, "GiB that one run is given; null: Ray does not look at memory.", above=0)
