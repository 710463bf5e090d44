"""Glider, the data plane: cleaning, importer, report. No Django, no relational database."""
