"""The site staff's admin, named after the product."""

from django.contrib.admin import AdminSite
from django.contrib.admin.apps import AdminConfig


class SiteAdmin(AdminSite):
    site_header = site_title = "orgdash administration"
    index_title = "Site administration"


class SiteAdminConfig(AdminConfig):
    default_site = "orgdash.apps.SiteAdmin"
