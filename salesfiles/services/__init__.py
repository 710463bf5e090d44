"""The services of sales files. Views, admin and tasks change sales files through these functions alone."""
