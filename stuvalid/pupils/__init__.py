"""Pupils across sheets, files and schools: what makes two rows the same pupil, and who stands twice."""
