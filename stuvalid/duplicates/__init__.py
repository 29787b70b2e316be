"""问题学籍: wrong numbers, the same number twice, the same pupil twice, within schools and across them."""
