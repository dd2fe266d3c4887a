from isaaclab_tasks.counting import Cfg


def parse_env_cfg(task_name, device=None, num_envs=None, use_fabric=None, overrides=()):
    if isinstance(overrides, str):
        raise TypeError("'overrides' must be a list")
    cfg = Cfg(task_name, num_envs, device)
    for text in overrides:
        key, _, value = text.partition("=")
        if key == "physics":
            if value != "newton_mjwarp":
                raise ValueError(f"Unknown preset {value!r}")
            cfg.physics = value
        elif key.startswith("env.") and hasattr(cfg, key[4:]):
            setattr(cfg, key[4:], float(value))
        else:
            raise ValueError(f"Key {key!r} is not in struct")
    return cfg
