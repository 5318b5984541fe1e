"""Run by Alembic, with the connection and the metadata that `migrations.runner` passes."""

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes["metadata"],
    version_table=context.config.attributes["version_table"],
    version_table_schema="palisade",
    include_schemas=True,
    include_name=context.config.attributes["include_name"],
    include_object=context.config.attributes["include_object"],
    compare_type=True,
    compare_server_default=True,
    transaction_per_migration=True,
)

with context.begin_transaction():
    context.run_migrations()
