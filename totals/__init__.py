"""The ledger: totals over all finalised sales files of an organisation, updated with every import and delete."""
