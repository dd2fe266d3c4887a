"""IPPO of JaxMARL's own script on MPE_simple_spread_v3; see `jaxmarl_script`."""

from jaxmarl_script import serve, sizes

if __name__ == "__main__":
    serve(
        {  # the script's own, but for the sizes
            **sizes(),
            "LR": 2.5e-4,
            "GAMMA": 0.99,
            "GAE_LAMBDA": 0.95,
            "CLIP_EPS": 0.2,
            "SCALE_CLIP_EPS": False,
            "ENT_COEF": 0.01,
            "VF_COEF": 0.5,
            "MAX_GRAD_NORM": 0.5,
            "ACTIVATION": "tanh",
            "ENV_NAME": "MPE_simple_spread_v3",
            "ENV_KWARGS": {},
            "SEED": 0,
            "NUM_SEEDS": 1,
            "ANNEAL_LR": False,
        }
    )
