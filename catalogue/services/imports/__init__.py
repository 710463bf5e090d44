"""The import of a CSV into the catalogue: its rows are read and checked, staged, and applied in sets.

start_import → run_import: read_rows (sound_rows, columns) → check_rows → staged_rows → apply_rows. Only sound_rows
loops over lines, for their quotes; everything else is Polars or SQL over many rows.
"""
