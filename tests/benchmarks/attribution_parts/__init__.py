"""Parts of the attribution benchmark. `rival_methods` and `plots` run in the rivals' own environment, by their path."""
