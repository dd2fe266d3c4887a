"""What a third party may rely on. Every other module is private: it may change in any version.

The built-in plugins use nothing else, which a test holds them to; the reference describes it.
"""

MODULES = (
    "quorate",
    "quorate.settings",
    "quorate.errors",
    "quorate.environments",
    "quorate.environments.mujoco_rollout",
    "quorate.environments.mujoco_worlds",
    "quorate.registry",
    "quorate.config",
    "quorate.run",
    "quorate.testing",
    "quorate.hookspecs",
    "quorate.seeding",
    "quorate.global_generators",
    "quorate.conventions",
    "quorate.imports",
    "quorate.information",
    "quorate.nearest",
    "quorate.cli.app",
    "quorate.output",
    "quorate.terminal",
    "quorate.progress",
    "quorate.interpreters.creating",
)
"""Of these, what is in them; not what is in packages or modules below them."""

ROOMS = ("quorate.interfaces", "quorate.learning", "quorate.policies")
"""Of these, also everything below them."""
