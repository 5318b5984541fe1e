import type { Fetcher, FetcherResultPayload } from "@graphiql/toolkit";

import { type Identity, name } from "./identity";

export type Health = "well" | "refused" | "away";

/** What the line under an answer tells about it. */
export interface Exchange {
  as: string;
  status: number;
  milliseconds: number;
  bytes: number;
}

export interface Connection {
  fetcher: Fetcher;
  /** Stops what is still under way, so that no answer to one identity shows up under the next. */
  close(): void;
}

export function connect(
  identity: Identity,
  report: { health: (health: Health) => void; exchange: (exchange: Exchange) => void },
): Connection {
  const closing = new AbortController();

  const fetcher: Fetcher = async (parameters, options) => {
    const headers = new Headers(options?.headers);
    if (headers.has("authorization")) {
      return failure(
        "Not sent: this tab's Headers hold an Authorization of their own. The bar at the top decides who you act as; " +
          "remove the header to go on.",
      );
    }
    headers.set("authorization", `Bearer ${identity.token}`);
    headers.set("content-type", "application/json");
    headers.set("accept", "application/graphql-response+json, application/json");

    const started = performance.now();
    let response: Response;
    let text: string;
    try {
      response = await fetch("/graphql", {
        method: "POST",
        headers,
        body: JSON.stringify(parameters),
        credentials: "omit",
        redirect: "error",
        signal: closing.signal,
      });
      text = await response.text();
    } catch {
      if (closing.signal.aborted) {
        return failure(`Stopped: you left ${name(identity)} before its answer came.`);
      }
      report.health("away");
      return failure("The service isn't answering.");
    }
    report.health(healthOf(response.status));
    if (parameters.operationName !== "IntrospectionQuery") {
      report.exchange({
        as: name(identity),
        status: response.status,
        milliseconds: performance.now() - started,
        bytes: new TextEncoder().encode(text).length,
      });
    }
    try {
      return JSON.parse(text) as FetcherResultPayload;
    } catch {
      return failure(`The service answered ${response.status} without JSON.`);
    }
  };

  return { fetcher, close: () => closing.abort() };
}

function healthOf(status: number): Health {
  if (status === 401) return "refused";
  return status === 502 || status === 503 || status === 504 ? "away" : "well";
}

// Returned and not thrown: GraphiQL prints a thrown error with its stack.
function failure(message: string): FetcherResultPayload {
  return { errors: [{ message }] } as unknown as FetcherResultPayload;
}
