"""What the notebooks' cells use: where they work, progress, tables that sort, pictures; of the extra ``notebook``."""
