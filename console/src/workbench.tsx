import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "graphiql/graphiql.css";
import "./workbench.css";

import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import type { Fetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { useEffect, useRef } from "react";
import { createPortal } from "react-dom";

import type { Exchange } from "./connection";
import { Examples } from "./examples";
import type { Example } from "./identity";
import { editorTheme } from "./monaco";
import { storage } from "./storage";

// The editor measures its font once, at its first line: have the font before that.
await Promise.allSettled([document.fonts.load('15px "Fira Code"')]);

const firstQuery = `# Ctrl+Enter runs the operation under the cursor.
# Ctrl+Space completes from the schema.

{
  __typename
}
`;

export default function Workbench(props: {
  fetcher: Fetcher;
  as: string;
  exchange: Exchange | null;
  examples: Example[];
  examplesSlot: HTMLElement | null;
}) {
  const { fetcher, as, exchange, examples, examplesSlot } = props;
  return (
    <GraphiQL
      fetcher={fetcher}
      storage={storage}
      editorTheme={editorTheme}
      defaultQuery={firstQuery}
      defaultEditorToolsVisibility="variables"
      shouldPersistHeaders={false}
      showPersistHeadersSettings={false}
      schemaDescription
      inputValueDeprecation
    >
      <GraphiQL.Logo>
        <></>
      </GraphiQL.Logo>
      <GraphiQL.Footer>
        <Summary exchange={exchange} />
      </GraphiQL.Footer>
      <Focus />
      <Forgetting as={as} />
      <SystemTheme />
      {examplesSlot && examples.length > 0 && createPortal(<Examples examples={examples} />, examplesSlot)}
    </GraphiQL>
  );
}

function Summary({ exchange }: { exchange: Exchange | null }) {
  return (
    <p className="summary" role="status">
      {exchange && (
        <>
          <span>HTTP {exchange.status}</span>
          <span>{Math.round(exchange.milliseconds)} ms</span>
          <span>{exchange.bytes.toLocaleString("en")} bytes</span>
          <span>answered to {exchange.as}</span>
        </>
      )}
    </p>
  );
}

/** Puts the keyboard where one goes on once somebody is chosen: the button that was pressed is gone. */
function Focus() {
  const queryEditor = useGraphiQL((state) => state.queryEditor);
  useEffect(() => queryEditor?.focus(), [queryEditor]);
  return null;
}

/** Drops the answers in all tabs when the identity changes: one organisation's rows don't stay under another's name. */
function Forgetting({ as }: { as: string }) {
  const tabs = useGraphiQL((state) => state.tabs);
  const responseEditor = useGraphiQL((state) => state.responseEditor);
  const before = useRef(as);
  useEffect(() => {
    if (before.current === as) return;
    before.current = as;
    // In place: GraphiQL has no action for a tab that isn't the active one.
    for (const tab of tabs) tab.response = null;
    responseEditor?.setValue("");
  }, [as, tabs, responseEditor]);
  return null;
}

/** GraphiQL reads the system's colour scheme once; this follows it. */
function SystemTheme() {
  const { setTheme } = useGraphiQLActions();
  const theme = useGraphiQL((state) => state.theme);
  useEffect(() => {
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const follow = () => setTheme(theme);
    scheme.addEventListener("change", follow);
    return () => scheme.removeEventListener("change", follow);
  }, [setTheme, theme]);
  return null;
}
