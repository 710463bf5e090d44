"""All that changes sales files, a module per job: the views, the admin and the tasks call these functions only."""
