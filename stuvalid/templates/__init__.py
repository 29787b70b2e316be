"""The official forms as data, and recognising a sheet by its headers."""

from stuvalid.templates.loading import template, templates
from stuvalid.templates.model import Condition, Field, Template

__all__ = ["Condition", "Field", "Template", "template", "templates"]
