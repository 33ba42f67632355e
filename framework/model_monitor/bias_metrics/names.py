"""Lists the names of the bias metrics, in the order in which Clarify writes them. Standard library only."""

PRE_TRAINING_NAMES = ("CDDL", "CI", "DPL", "JS", "KL", "KS", "LP", "TVD")
POST_TRAINING_NAMES = ("AD", "CDDPL", "DAR", "DCA", "DCR", "DI", "DPPL", "DRR", "FT", "GE", "RD", "SD", "TE")
