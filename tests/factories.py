"""factory-boy factories, one per model that tests make by hand. Usage goes through rollup.record."""

from functools import cache

import factory
from django.contrib.auth.hashers import make_password

from accounts.models import ApiKey, Membership, Organization, Project, User

PASSWORD = "correct horse battery staple"


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    name = factory.Sequence(lambda n: f"Person {n}")
    email = factory.Sequence(lambda n: f"person{n}@acme.test")
    password = factory.Transformer(PASSWORD, transform=cache(make_password))  # hashed once, not for each of thousands


class OrganizationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Organization

    public_id = factory.Sequence(lambda n: f"org_{n}")
    name = factory.Sequence(lambda n: f"Organization {n}")
    plan = "enterprise"
    time_zone = "UTC"


class MembershipFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Membership

    public_id = factory.Sequence(lambda n: f"mem_{n}")
    organization = factory.SubFactory(OrganizationFactory)
    user = factory.SubFactory(UserFactory)
    role = "developer"


class ProjectFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Project

    public_id = factory.Sequence(lambda n: f"proj_{n}")
    organization = factory.SubFactory(OrganizationFactory)
    name = factory.Sequence(lambda n: f"Project {n}")


class ApiKeyFactory(factory.django.DjangoModelFactory):
    """Give `project`; the creator is a new member of its organization unless given."""

    class Meta:
        model = ApiKey

    public_id = factory.Sequence(lambda n: f"key_{n}")
    project = factory.SubFactory(ProjectFactory)
    created_by = factory.SubFactory(MembershipFactory, organization=factory.SelfAttribute("..project.organization"))
    description = factory.Sequence(lambda n: f"Key {n}")
    secret_hash = factory.Sequence(lambda n: f"{n:064d}")
    last_four = factory.Sequence(lambda n: f"{n % 10_000:04d}")
