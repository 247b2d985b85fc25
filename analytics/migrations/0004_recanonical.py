"""Names that were canonical by an older rule become so by today's: known models, and models of the price book.

The rule itself is called, not a frozen copy: what the running code writes next must agree with what is stored, and a
later change of the rule needs a migration of its own anyway. Nothing else is derived from these names: the log and the
sums carry the models' numbers. Going back changes nothing, so going back and forth runs it again, for what a version
that still ran wrote meanwhile. Short transactions: senders and pages go on.
"""

import logging
from collections import defaultdict

from django.db import migrations, transaction

from analytics.canonical import canonical

BATCH = 500
PRICE = ("input_usd_per_1m", "cached_input_usd_per_1m", "output_usd_per_1m")
logger = logging.getLogger(__name__)


def models(apps, schema_editor):
    Model = apps.get_model("analytics", "Model")
    last = 0
    while batch := list(Model.objects.filter(pk__gt=last).order_by("pk").only("name", "canonical")[:BATCH]):
        last = batch[-1].pk
        stale = [model for model in batch if model.canonical != canonical(model.name)]
        for model in stale:
            model.canonical = canonical(model.name)
        Model.objects.bulk_update(stale, ["canonical"])


def prices(apps, schema_editor):
    """One provider, model and day after another, each in a transaction: all names that are now one."""
    Price = apps.get_model("analytics", "Price")
    groups = defaultdict(list)
    for price in Price.objects.order_by("pk").only("provider", "model", "valid_from"):
        groups[price.provider, canonical(price.model), price.valid_from].append(price)
    for (_, model, _), found in groups.items():
        if any(price.model != model for price in found):
            with transaction.atomic():
                _rename(list(Price.objects.select_for_update().filter(pk__in=[price.pk for price in found])), model)


def _rename(found, model):
    """The newest row's price is what counts under `model`; no other is lost: they stay, under names nobody asks for."""
    newest = max(found, key=lambda price: price.pk)
    holder = next((price for price in found if price.model == model), newest)
    if holder is not newest:
        for field in PRICE:
            old, new = getattr(holder, field), getattr(newest, field)
            setattr(holder, field, new)
            setattr(newest, field, old)
    holder.model = model
    for price in found:
        price.save(update_fields=["model", *PRICE])
        if price is not holder:
            logger.warning(
                "Price %s · %s from %s stays in the book and is asked for no more: %s has a newer one.",
                *(price.provider, price.model, price.valid_from, model),
            )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("analytics", "0003_horizon")]
    operations = [
        migrations.RunPython(models, migrations.RunPython.noop),
        migrations.RunPython(prices, migrations.RunPython.noop),
    ]
