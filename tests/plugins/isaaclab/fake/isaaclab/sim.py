class SimulationContext:
    _one = None

    def __init__(self):
        if SimulationContext._one is not None:
            raise RuntimeError("Simulation context already exists. Cannot create a new one.")
        SimulationContext._one = self
        self.physics_manager = object()

    @classmethod
    def instance(cls):
        return cls._one

    @classmethod
    def clear_instance(cls):
        cls._one = None
