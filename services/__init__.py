"""Groundwork's services: what a user can run, one folder per service. No Django in here or below."""
