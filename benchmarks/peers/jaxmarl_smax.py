"""MAPPO with memory of JaxMARL's own script on SMAX's 3s_vs_5z; see `jaxmarl_script`."""

from jaxmarl_script import serve, sizes

if __name__ == "__main__":
    serve(
        {  # the script's own, but for the sizes and the scenario
            **sizes(),
            "LR": 0.002,
            "FC_DIM_SIZE": 128,
            "GRU_HIDDEN_DIM": 128,
            "GAMMA": 0.99,
            "GAE_LAMBDA": 0.95,
            "CLIP_EPS": 0.2,
            "SCALE_CLIP_EPS": False,
            "ENT_COEF": 0.0,
            "VF_COEF": 0.5,
            "MAX_GRAD_NORM": 0.25,
            "ACTIVATION": "relu",
            "OBS_WITH_AGENT_ID": True,
            "ENV_NAME": "HeuristicEnemySMAX",
            "MAP_NAME": "3s_vs_5z",
            "SEED": 0,
            "ENV_KWARGS": {"see_enemy_actions": True, "walls_cause_death": True, "attack_mode": "closest"},
            "ANNEAL_LR": True,
        }
    )
