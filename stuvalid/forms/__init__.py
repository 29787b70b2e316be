"""Papers of the campaign made from a form's description: blank forms to be filled in."""
