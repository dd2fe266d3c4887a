"""MaMuJoCo, robots whose joints are moved by several agents (arXiv:2003.06709), natively batched on MuJoCo."""
