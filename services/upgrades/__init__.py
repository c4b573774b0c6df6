"""Installs and upgrades: plan, build, proof, and the way back."""
