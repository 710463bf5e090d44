from partners.admin import partners, users  # noqa: F401  # registers their pages
