import type { Surroundings } from "./app";
import { colourStyle } from "./colours";
import { type Demo, demoIdentity, type Identity, roles } from "./identity";

/** The page before anyone is chosen. Without a token not even the schema can be read, so there is no editor to show. */
export function Welcome({ surroundings, act }: { surroundings: Surroundings; act: (identity: Identity) => void }) {
  if (surroundings === "loading" || surroundings === "away") return null;
  return (
    <section className="welcome" aria-labelledby="welcome">
      <h2 id="welcome">{surroundings === "token" ? "A token opens the console" : "Who would you like to be?"}</h2>
      {surroundings === "token" ? (
        <TokenWords />
      ) : (
        <>
          <p>
            Every operation needs a token, reading the schema too. Choose a role in an organisation: the console then
            acts with that token and sees what it may see.
          </p>
          <Organisations demo={surroundings} act={act} />
          <p className="hint">Then choose another organisation, and look for anything of the first one.</p>
        </>
      )}
    </section>
  );
}

function TokenWords() {
  return (
    <>
      <p>
        Every operation needs a bearer token, reading the schema too. The token alone says which organisation you act
        for; nothing you write in a query can change that.
      </p>
      <p>
        <button type="button" className="solid" onClick={() => document.getElementById("token")?.focus()}>
          Enter a token
        </button>
      </p>
      <p className="hint">It is kept for this browser tab only and goes nowhere but to this service.</p>
    </>
  );
}

function Organisations({ demo, act }: { demo: Demo; act: (identity: Identity) => void }) {
  return (
    <ul className="organisations">
      {demo.orgs.map((organisation, index) => (
        <li key={organisation.slug} style={colourStyle(index)}>
          <h3>{organisation.slug}</h3>
          <code>{organisation.id}</code>
          <div role="group" aria-label={`Act for ${organisation.slug} as`}>
            {roles.map((role) => {
              const identity = demoIdentity(demo, organisation.slug, role);
              return (
                identity && (
                  <button key={role} type="button" onClick={() => act(identity)}>
                    {role}
                  </button>
                )
              );
            })}
          </div>
        </li>
      ))}
    </ul>
  );
}
