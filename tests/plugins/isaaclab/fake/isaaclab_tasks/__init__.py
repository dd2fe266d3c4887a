import gymnasium

print("[INFO]: isaaclab_tasks prints where it likes")
for name in ("Isaac-Pendulum-MARL-Direct", "Isaac-Shadow-Handover-Direct", "Fake-Odd-Spaces", "Fake-Unequal"):
    gymnasium.register(
        name, "isaaclab_tasks.counting:Counting", disable_env_checker=True, order_enforce=True, kwargs={"cfg": None}
    )
