"""The dashboard's filters, for the templates that are Django's."""

from django import template

from analytics.dashboard.rendering import FILTERS

register = template.Library()

for _name, _function in FILTERS.items():
    register.filter(_name, _function)
