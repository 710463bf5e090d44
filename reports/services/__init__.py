"""The services of reports. Views, admin and tasks change reports through these functions alone."""
