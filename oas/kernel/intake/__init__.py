"""Taking content in: text to UTF-8 with line feeds, archives looked at before they are unpacked, unpacked sizes."""
