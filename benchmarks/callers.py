"""Who asks: an issuer for the run, its keys as a file, and a token for each organisation."""

import asyncio
import json
from pathlib import Path
from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jwt.algorithms import OKPAlgorithm

from auth.development import DevelopmentIssuer
from auth.scopes import Role

ISSUER: Final = "https://issuer.example.com"
AUDIENCE: Final = "palisade"


class Callers:
    """Issues the tokens, and keeps the public key where the servers read it."""

    def __init__(self, folder: Path) -> None:
        self._issuer = DevelopmentIssuer(folder, issuer=ISSUER, audience=AUDIENCE)
        self.jwks = folder / "jwks.json"
        (key,) = asyncio.run(self._issuer.as_issuer().keys.find(None))
        assert isinstance(key.key, Ed25519PublicKey)
        public = OKPAlgorithm.to_jwk(key.key, as_dict=True)
        jwk = {**public, "kid": key.kid, "alg": "EdDSA", "use": "sig"}
        self.jwks.write_text(json.dumps({"keys": [jwk]}))

    def token(self, org_id: str) -> str:
        """An editor's token for the organisation, good for longer than a run."""
        return self._issuer.issue(UUID(org_id), role=Role.editor, subject=f"editor@{org_id}")
