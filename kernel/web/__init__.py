"""The edge: the app class, pages and their shell, refusals, caching, and the pages that belong to nobody else."""
