"""From a GraphQL field to the repository."""
