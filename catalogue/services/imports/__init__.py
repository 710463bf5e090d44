"""A CSV into the catalogue: read and check its rows, stage them, apply them in sets.

starting → running: staging (reading, checking) → applying. Nothing here loops over rows.
"""
