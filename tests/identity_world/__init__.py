"""A scripted world in the sandbox: months of renames, transfers, deletions and swaps, and how they were judged."""
