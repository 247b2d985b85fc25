"""The demo's rows, to be compared: those of one planting with those of another."""

import hashlib

from django.db import connection


def everything() -> dict[str, str]:
    """A hash of each table's rows by public ids, without what is counted up or random by nature."""
    statements = {
        "requests": "SELECT o.public_id, r.occurred_at, event_id, p.public_id, k.public_id, m.public_id, provider,"
        " l.name, is_error, input_tokens, output_tokens, cached_input_tokens, cost FROM analytics_request r"
        " JOIN accounts_organization o ON o.id = organization_id JOIN accounts_project p ON p.id = project_id"
        " JOIN accounts_apikey k ON k.id = api_key_id JOIN accounts_membership m ON m.id = member_id"
        " JOIN analytics_model l ON l.id = model_id ORDER BY 1, 2, 3",
        "keys": "SELECT k.public_id, m.public_id, description, secret_hash, last_four, revoked_at, last_used_at,"
        " k.created_at"
        " FROM accounts_apikey k JOIN accounts_membership m ON m.id = created_by_id ORDER BY 1",
        "members": "SELECT m.public_id, u.email, u.name, role FROM accounts_membership m JOIN accounts_user u"
        " ON u.id = user_id ORDER BY 1",
        "projects": "SELECT p.public_id, p.name, p.status, o.public_id, o.name, plan, time_zone FROM accounts_project p"
        " JOIN accounts_organization o ON o.id = organization_id ORDER BY 1",
        "days": "SELECT o.public_id, day, request_count, input_tokens, output_tokens, cost FROM analytics_dailyusage"
        " JOIN accounts_organization o ON o.id = organization_id WHERE dimension = 0 ORDER BY 1, 2",
    }
    hashes = {}
    with connection.cursor() as cursor:
        for name, statement in statements.items():
            cursor.execute(statement)
            rows = cursor.fetchall()
            hashes[name] = f"{len(rows)} {hashlib.sha256(repr(rows).encode()).hexdigest()}"
    return hashes
