"""Multi-agent particle environments with the rules of mpe2, natively batched."""
