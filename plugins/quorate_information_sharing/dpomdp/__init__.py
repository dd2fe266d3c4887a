"""Games as `.dpomdp` files, the format of the MADP toolbox."""

from quorate_information_sharing.dpomdp.reader import read_dpomdp
from quorate_information_sharing.dpomdp.writer import write_dpomdp

__all__ = ["read_dpomdp", "write_dpomdp"]
