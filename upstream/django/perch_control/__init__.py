"""Cameras in a Django site: the control panel on any page, Django's own login and permissions in front of it."""

__version__ = "0.1.0"
