"""ENR: class, stage, way of entry and the social items of the record."""

from stuvalid.rules.enrolment import classes, pupil

__all__ = ["classes", "pupil"]
