"""Packages: what a county received becomes the prescribed tree, provably complete."""
