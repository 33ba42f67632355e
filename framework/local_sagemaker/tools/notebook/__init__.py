"""The extra ``notebook`` provides what notebook cells use: progress, sortable tables, pictures."""
