"""What cells of notebooks use: progress, tables that sort, pictures; of the extra ``notebook``."""
