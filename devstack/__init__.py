"""The embedded stack: every server and worker that OAS needs, as one process tree in one folder."""
