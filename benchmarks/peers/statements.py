"""The limit's SQL: one statement a query, which answers with the finished JSON text.

Only what can hold a quote is escaped, ids and choices are not. Rows are picked first, with the
columns that are needed, and become text then. JSON_SCALAR finds out how to write a type once a
statement, to_json once a value; to_char costs more than either.
"""

from typing import Final

_INTEGRATION: Final = """
  '{"id":"' || i.id || '","name":' || JSON_SCALAR(i.name)::text
  || ',"status":"' || i.status || '","authMethod":"' || i.auth_method
  || '","baseUrl":' || coalesce(JSON_SCALAR(i.base_url)::text, 'null')
  || ',"scopes":' || array_to_json(i.scopes)
"""
_SYNCED: Final = """
  || ',"lastSyncAt":' || coalesce(JSON_SCALAR(i.last_sync_at)::text, 'null')
"""
_CREATED: Final = """
  || ',"createdAt":' || JSON_SCALAR(i.created_at)::text
"""

POINT: Final = f"""
SELECT '{{"data":{{"integration":' || coalesce((
  SELECT {_INTEGRATION} {_SYNCED} {_CREATED}
    || ',"vendor":{{"id":"' || v.id || '","name":' || JSON_SCALAR(v.name)::text
    || ',"tier":"' || v.tier || '"}}}}'
  FROM data.integration i
  JOIN data.vendor v ON v.org_id = $1 AND v.id = i.vendor_id
  WHERE i.org_id = $1 AND i.id = $2
), 'null') || '}}}}'
""".replace("JSON_SCALAR", "to_json")  # which starts faster, and is called but a few times

LIST: Final = f"""
SELECT '{{"data":{{"integrations":{{"nodes":[' || coalesce((
  SELECT string_agg({_INTEGRATION} {_SYNCED} {_CREATED}
    || ',"vendor":{{"name":' || JSON_SCALAR(i.vendor_name)::text
    || ',"tier":"' || i.vendor_tier || '"}}}}', ',')
  FROM (
    SELECT i.*, v.name AS vendor_name, v.tier AS vendor_tier
    FROM data.integration i
    JOIN data.vendor v ON v.org_id = $1 AND v.id = i.vendor_id
    WHERE i.org_id = $1 ORDER BY i.id LIMIT 50
  ) i
), '') || ']}}}}}}'
"""

TREE: Final = f"""
SELECT '{{"data":{{"vendors":{{"nodes":[' || coalesce((
  SELECT string_agg(
    '{{"id":"' || v.id || '","name":' || JSON_SCALAR(v.name)::text || ',"tier":"' || v.tier
    || '","riskScore":' || coalesce(v.risk_score::text, 'null')
    || ',"integrations":{{"nodes":[' || coalesce((
      SELECT string_agg(
        '{{"id":"' || i.id || '","name":' || JSON_SCALAR(i.name)::text || ',"status":"' || i.status
        || '","authMethod":"' || i.auth_method || '"' {_CREATED}
        || ',"events":{{"nodes":[' || coalesce((
          SELECT string_agg(
            '{{"id":"' || e.id || '","eventClass":"' || e.event_class
            || '","severity":' || e.severity || ',"at":' || JSON_SCALAR(e.at)::text || '}}', ',')
          FROM (
            SELECT e.id, e.event_class, e.severity, e.at FROM data.security_event e
            WHERE e.org_id = $1 AND e.integration_id = i.id ORDER BY e.at DESC LIMIT 3
          ) e
        ), '') || ']}}}}', ',')
      FROM (
        SELECT i.* FROM data.integration i
        WHERE i.org_id = $1 AND i.vendor_id = v.id ORDER BY i.id LIMIT 5
      ) i
    ), '') || ']}}}}', ',')
  FROM (SELECT v.* FROM data.vendor v WHERE v.org_id = $1 ORDER BY v.id LIMIT 20) v
), '') || ']}}}}}}'
"""


def create(*, source: str) -> str:
    """The insert with its payload; ``source`` is what the row is selected from, or nothing.

    The vendor is looked up for the row that was made, so never before the context is entered.
    """
    return f"""
WITH i AS (
  INSERT INTO data.integration
    (org_id, id, name, auth_method, base_url, scopes, vendor_id)
  SELECT $1::uuid, uuidv7(), $2, $3, $4, $5::text[], $6::uuid {source}
  RETURNING *
)
SELECT '{{"data":{{"createIntegration":{{"integration":' || {_INTEGRATION} {_CREATED}
  || ',"vendor":' || (
    SELECT '{{"id":"' || v.id || '","name":' || JSON_SCALAR(v.name)::text
      || ',"tier":"' || v.tier || '"}}'
    FROM data.vendor v WHERE v.org_id = $1 AND v.id = i.vendor_id
  ) || '}}}}}}}}'
FROM i
"""


def entered(sql: str, *, context: str) -> str:
    """A read behind the signed context, which is the parameter of that name."""
    return f"SELECT CASE WHEN palisade.enter({context}) THEN ({sql}) END"
