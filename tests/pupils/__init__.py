"""Who a pupil is, whose a file is."""
