"""Requests to the outside: to vetted addresses only, and watched while they wait."""
