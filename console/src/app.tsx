import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from "react";

import { colourStyle } from "./colours";
import { connect, type Exchange, type Health } from "./connection";
import { Header } from "./header";
import { type Demo, fetchDemo, type Identity, name, recall, remember } from "./identity";
import { Notice } from "./notice";
import { Welcome } from "./welcome";

// The editor is most of the weight: it is fetched while the user reads the first page, never before it.
const loadWorkbench = () => import("./workbench");
const Workbench = lazy(loadWorkbench);

export type Surroundings = "loading" | "away" | "token" | Demo;

export function App() {
  const [surroundings, setSurroundings] = useState<Surroundings>("loading");
  const [identity, setIdentity] = useState<Identity | null>(null);
  const [health, setHealth] = useState<Health>("well");
  const [exchange, setExchange] = useState<Exchange | null>(null);
  const [attempt, setAttempt] = useState(0);
  const [examplesSlot, setExamplesSlot] = useState<HTMLElement | null>(null);

  const act = useCallback((next: Identity | null) => {
    remember(next);
    setIdentity(next);
    setHealth("well");
    setExchange(null);
  }, []);

  const look = useCallback(async () => {
    try {
      const demo = await fetchDemo();
      setSurroundings(demo ?? "token");
      act(recall(demo));
    } catch {
      setSurroundings("away");
    }
    setAttempt((count) => count + 1);
    void loadWorkbench();
  }, [act]);

  useEffect(() => void look(), [look]);

  const connection = useMemo(
    () => identity && connect(identity, { health: setHealth, exchange: setExchange }),
    // A new attempt needs a new fetcher: that is what makes GraphiQL ask for the schema again.
    [identity, attempt],
  );
  useEffect(() => () => connection?.close(), [connection]);

  const demo = typeof surroundings === "object" ? surroundings : null;
  const place = demo?.orgs.findIndex((organisation) => organisation.slug === identity?.organisation) ?? -1;

  useEffect(() => {
    document.title = identity ? `${name(identity)} – Palisade console` : "Palisade console";
    for (const [property, value] of Object.entries(colourStyle(place))) {
      document.body.style.setProperty(property, String(value));
    }
  }, [identity, place]);

  return (
    <>
      <Header surroundings={surroundings} identity={identity} act={act} examplesSlot={setExamplesSlot} />
      <Notice
        health={surroundings === "away" ? "away" : health}
        identity={identity}
        retry={() => void look()}
        forget={() => act(null)}
      />
      <main className="main">
        {connection && identity ? (
          <Suspense fallback={<p className="waiting">Opening the editor…</p>}>
            <Workbench
              fetcher={connection.fetcher}
              as={name(identity)}
              exchange={exchange}
              examples={demo?.examples ?? []}
              examplesSlot={examplesSlot}
            />
          </Suspense>
        ) : (
          <Welcome surroundings={surroundings} act={act} />
        )}
      </main>
    </>
  );
}
