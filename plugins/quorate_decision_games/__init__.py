"""Games of one decision that tell policies which explore from policies which do not, and softmax policy gradient."""
