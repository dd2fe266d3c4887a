import os

NUCLEUS_ASSET_ROOT_DIR = os.environ.get("ISAACSIM_ASSET_ROOT", "https://nowhere.invalid").rstrip("/")
