"""Value decomposition: IQL, VDN and QMIX."""
