"""Sheets that one slip of a hand harmed, made by a reviewer who knows nothing of how they are told; and sheets to which
nothing happened. All people are invented.
"""
