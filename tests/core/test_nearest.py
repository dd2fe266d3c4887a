from quorate.nearest import nearest

NAMES = ["mappo/simple-spread", "mappo/simple-reference", "harl/mpe/spread", "mlp"]


def test_the_part_before_the_slash_counts_where_nothing_else_is_near():
    assert nearest("mapo", NAMES) == ("mappo/simple-reference", "mappo/simple-spread")
    assert nearest("mapo/none", NAMES) == ("mappo/simple-reference", "mappo/simple-spread")
    assert nearest("zzz", NAMES) == ()


def test_a_family_is_near_its_own_names():
    assert nearest("mappo", NAMES) == nearest("mappo/", NAMES) == ("mappo/simple-reference", "mappo/simple-spread")
    assert nearest("mlp/", [*NAMES, "mlp/wide"]) == ("mlp", "mlp/wide")


def test_whole_names_and_last_parts_win():
    assert nearest("mlpp", NAMES) == ("mlp",)
    assert nearest("simple-sprea", NAMES)[0] == "mappo/simple-spread"
