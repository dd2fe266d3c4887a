import math
from collections import OrderedDict

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save
from torch import nn

from quorate.codec import decode, encode
from quorate.errors import RunError
from quorate.run.checkpoint import checkpoint_path, checkpoint_steps, load_checkpoint, prune, save_checkpoint

keys = st.one_of(st.text(max_size=5), st.integers(), st.booleans(), st.none())
leaves = st.one_of(
    st.none(), st.booleans(), st.integers(min_value=-(2**200), max_value=2**200), st.floats(), st.text(max_size=8)
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.lists(inner, max_size=3).map(tuple), st.dictionaries(keys, inner, max_size=4)
    ),
    max_leaves=20,
)


def identical(left, right):
    if type(left) is not type(right):
        return False
    if isinstance(left, torch.Tensor):
        return left.dtype == right.dtype and left.shape == right.shape and torch.equal(left, right)
    if isinstance(left, float):
        return (math.isnan(left) and math.isnan(right)) or (
            left == right and math.copysign(1, left) == math.copysign(1, right)
        )
    if isinstance(left, dict):
        return list(left) == list(right) and all(identical(left[key], right[key]) for key in left)
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(map(identical, left, right))
    return left == right


def through_file(tmp_path, state):
    path = tmp_path / "x.safetensors"
    save_checkpoint(path, state)
    return load_checkpoint(path)


@given(trees)
def test_plain_data_is_kept_exactly(tree):
    assert identical(decode(*encode({"x": tree})), {"x": tree})


def test_optimiser_and_generator(tmp_path):
    net = nn.Linear(3, 2)
    adam = torch.optim.AdamW(net.parameters(), lr=0.1, betas=(0.8, 0.95))
    generator = torch.Generator().manual_seed(5)
    net(torch.randn(4, 3, generator=generator)).sum().backward()
    adam.step()
    state = {"adam": adam.state_dict(), "net": dict(net.state_dict()), "generator": generator.get_state()}
    assert identical(through_file(tmp_path, state), state)


def test_unusual_tensors(tmp_path):
    base = torch.arange(24).reshape(4, 6)
    state = {
        "view": base[:, 1:3],
        "same": base,
        "transposed": base.T,
        "again": base,
        "scalar": torch.tensor(2.5),
        "empty": torch.empty(0, 3),
        "expanded": torch.ones(1, 3).expand(4, 3),
        "half": torch.randn(3).bfloat16(),
        "truth": torch.tensor([True, False]),
        "last": torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last),
        "a.b": torch.ones(1),
        "a": {"b": torch.zeros(1)},
    }
    loaded = through_file(tmp_path, state)
    assert identical(loaded, state)
    loaded["same"][0, 0] = 99
    assert loaded["again"][0, 0] == 0


def test_ordered_dict_becomes_dict():
    assert decode(*encode(OrderedDict(a=1))) == {"a": 1}


@pytest.mark.parametrize("value", [object(), {1, 2}, np.float64(1.0), torch.float32, lambda: None, b"x"])
def test_anything_else_is_refused_by_its_place(value):
    with pytest.raises(RunError, match="can not hold") as caught:
        encode({"algorithm": {"buffer": [1, value]}})
    assert caught.value.where == "algorithm.buffer.1"


@pytest.mark.parametrize("cut", [0, 4, 20, 200, -1])
def test_truncated_file(tmp_path, cut):
    path = tmp_path / "x.safetensors"
    save_checkpoint(path, {"weights": torch.randn(100)})
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(RunError, match="damaged"):
        load_checkpoint(path)


def test_every_flipped_byte_is_noticed(tmp_path):
    path = tmp_path / "x.safetensors"
    save_checkpoint(path, {"weights": torch.arange(7.0), "step": 12})
    good = path.read_bytes()
    for index in range(len(good)):
        path.write_bytes(good[:index] + bytes([good[index] ^ 1]) + good[index + 1 :])
        try:
            state = load_checkpoint(path)
        except RunError:
            continue
        assert identical(state, {"weights": torch.arange(7.0), "step": 12}), index


def test_foreign_file(tmp_path):
    from safetensors.torch import save_file

    save_file({"x": torch.ones(2)}, tmp_path / "x.safetensors")
    with pytest.raises(RunError, match="damaged"):
        load_checkpoint(tmp_path / "x.safetensors")


def test_keep_the_latest(tmp_path):
    for step in (5, 10, 1000):
        save_checkpoint(checkpoint_path(tmp_path, step), {"step": step})
    (tmp_path / "step-x.safetensors").touch()
    prune(tmp_path, 2)
    assert checkpoint_steps(tmp_path) == [10, 1000]


TREES = {
    "deep": "[" * 100_000 + "]" * 100_000,
    "deep dicts": '{"dict": [["a", ' * 5_000 + "1" + "]]}" * 5_000,
    "an unknown tag": '{"object": []}',
    "two tags": '{"dict": [], "tuple": []}',
    "no tag": "{}",
    "a missing tensor": '{"dict": [["a", {"tensor": "nowhere"}]]}',
    "a tensor named by a list": '{"tensor": []}',
    "a tuple of no list": '{"tuple": "text"}',
    "a dict of no pairs": '{"dict": [["a"]]}',
    "a dict as text": '{"dict": "ab"}',
    "a key twice": '{"dict": [["a", 1], ["a", 2]]}',
    "a list as key": '{"dict": [[["a"], 1]]}',
    "another float": '{"float": "1e5"}',
    "a float of a list": '{"float": []}',
    "a bare NaN": "[NaN]",
    "no JSON": "{",
    "nothing": "",
    "a long number": "9" * 5_000,
    "no mapping": "[1]",
}


@pytest.mark.parametrize("tree", TREES.values(), ids=TREES)
def test_trees_that_encode_never_makes_are_damage(tmp_path, monkeypatch, tree):
    """Their checksum is right: somebody has made them."""
    monkeypatch.setattr("quorate.run.checkpoint.encode", lambda state: (tree, {"x": torch.ones(2)}))
    save_checkpoint(tmp_path / "x.safetensors", {})
    with pytest.raises(RunError, match="The checkpoint is damaged"):
        load_checkpoint(tmp_path / "x.safetensors")


@pytest.mark.parametrize(
    "metadata", ["[]", "1", "null", "{}", '{"tree": 5, "crc32": 0}', '{"tree": "[]"}', "[" * 99999]
)
def test_metadata_that_is_never_written_is_damage(tmp_path, metadata):
    (tmp_path / "x.safetensors").write_bytes(save({"x": torch.ones(2)}, {"quorate-1": metadata}))
    with pytest.raises(RunError, match="The checkpoint is damaged"):
        load_checkpoint(tmp_path / "x.safetensors")


def test_only_names_that_are_written_are_steps(tmp_path):
    for name in ("step-5", "step-000000007", "step-٠٠٠٠٠٠٠٠٨", "step--00000009", "step-000000010.tmp"):
        (tmp_path / f"{name}.safetensors").touch()
    assert checkpoint_steps(tmp_path) == [7]
