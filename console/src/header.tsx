import { type Ref, useState } from "react";

import type { Surroundings } from "./app";
import { type Demo, demoIdentity, type Identity, type Role, roles } from "./identity";

export function Header(props: {
  surroundings: Surroundings;
  identity: Identity | null;
  act: (identity: Identity | null) => void;
  examplesSlot: Ref<HTMLElement>;
}) {
  const { surroundings, identity, act } = props;
  return (
    <header className="bar">
      <h1 className="brand">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <path d="M4 11l4-6 4 6v4h1v-4l3-6 3 6v4h1v-4l4-6 4 6v16h-8v-3h-1v3h-6v-3h-1v3H4z" />
        </svg>
        Palisade <span>console</span>
      </h1>
      {typeof surroundings === "object" && <DemoPicker demo={surroundings} identity={identity} act={act} />}
      {surroundings === "token" && <TokenField identity={identity} act={act} />}
      <span className="slot" ref={props.examplesSlot} />
      {identity && (
        <button type="button" className="quiet" onClick={() => act(null)}>
          {identity.organisation === null ? "Forget token" : "Leave"}
        </button>
      )}
    </header>
  );
}

function DemoPicker({ demo, identity, act }: { demo: Demo; identity: Identity | null; act: (identity: Identity) => void }) {
  const organisation = demo.orgs.find((one) => one.slug === identity?.organisation);

  function choose(slug: string, wanted: Role) {
    const tokens = demo.orgs.find((one) => one.slug === slug)?.tokens ?? {};
    // Least privilege where the other organisation has nobody in that role.
    const role = tokens[wanted] === undefined ? roles.findLast((one) => tokens[one] !== undefined) : wanted;
    const next = role && demoIdentity(demo, slug, role);
    if (next) act(next);
  }

  return (
    <div className="identity" data-chosen={identity !== null}>
      <span className="acting" aria-hidden="true">
        {identity ? "Acting as" : "Act as"}
      </span>
      <label className="visually-hidden" htmlFor="organisation">
        Organisation
      </label>
      <select
        id="organisation"
        value={organisation?.slug ?? ""}
        onChange={(event) => choose(event.target.value, identity?.role ?? "viewer")}
      >
        {!organisation && <option value="">Organisation…</option>}
        {demo.orgs.map(({ slug }) => (
          <option key={slug}>{slug}</option>
        ))}
      </select>
      <label className="visually-hidden" htmlFor="role">
        Role
      </label>
      <select
        id="role"
        value={identity?.role ?? ""}
        disabled={!organisation}
        onChange={(event) => organisation && choose(organisation.slug, event.target.value as Role)}
      >
        {!identity && <option value="">Role…</option>}
        {roles
          .filter((role) => organisation?.tokens[role] !== undefined)
          .map((role) => (
            <option key={role}>{role}</option>
          ))}
      </select>
      <span className="visually-hidden" role="status">
        {identity && `You act as ${identity.role} of ${identity.organisation}.`}
      </span>
    </div>
  );
}

function TokenField({ identity, act }: { identity: Identity | null; act: (identity: Identity) => void }) {
  const [text, setText] = useState("");

  return (
    <form
      className="identity"
      data-chosen={identity !== null}
      onSubmit={(event) => {
        event.preventDefault();
        // Pasted from a header as often as from a file.
        const token = text.trim().replace(/^bearer\s+/i, "");
        if (!token) return;
        act({ token, organisation: null, role: null });
        setText("");
      }}
    >
      <label className="acting" htmlFor="token">
        Bearer token
      </label>
      <input
        id="token"
        type="password"
        autoComplete="off"
        spellCheck={false}
        placeholder={identity ? "In use. Paste another to replace it" : "Paste a token"}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" className="solid" disabled={!text.trim()}>
        Use token
      </button>
    </form>
  );
}
