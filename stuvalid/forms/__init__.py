"""The official forms as data, recognising a sheet by its headers, and the pupils on it as columns."""

from stuvalid.forms.loading import chosen_forms, record_forms, template, templates
from stuvalid.forms.model import Condition, Field, Template

__all__ = ["Condition", "Field", "Template", "chosen_forms", "record_forms", "template", "templates"]
