"""The summary of all time: totals over all sales files of an organisation, kept up with every import and delete."""
