"""The jobs: what travels to the cluster."""
