"""The forms of a collection against one another: school, campuses, classes, movements, lists about pupils, and the roster."""
