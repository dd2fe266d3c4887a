"""Environments in other Python interpreters: processes that are started, told in JSON, and share memory for tensors.

`environment.build_isolated` makes one. This package itself imports nothing: what is composed in another interpreter
needs no torch.
"""
