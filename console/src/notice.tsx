import type { Health } from "./connection";
import { type Identity, name } from "./identity";

/** The one line that says what is wrong between this page and the service, and the way out. */
export function Notice(props: { health: Health; identity: Identity | null; retry: () => void; forget: () => void }) {
  const { health, identity, retry, forget } = props;
  if (health === "refused" && identity) {
    const demo = identity.organisation !== null;
    return (
      <div className="notice" role="alert">
        <p>
          <strong>The service refused the token of {demo ? name(identity) : "this tab"} (401).</strong>{" "}
          {demo
            ? "Demo tokens live for a short time only."
            : "It may have expired, been revoked, or been issued for another service."}
        </p>
        <button type="button" onClick={demo ? retry : forget}>
          {demo ? "Fetch new tokens" : "Use another token"}
        </button>
      </div>
    );
  }
  if (health === "away") {
    return (
      <div className="notice" role="alert">
        <p>
          <strong>The service isn’t answering.</strong> What you wrote is kept.
        </p>
        <button type="button" onClick={retry}>
          Try again
        </button>
      </div>
    );
  }
  return null;
}
