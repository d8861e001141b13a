import type pg from "pg";

const TIMES = 3;

/**
 * Milliseconds that an empty statement takes to a server and back: how far away it is. The least of three, since something else
 * that the session is asked may get in between. Throws what the server reports.
 */
export async function measureRoundTrip(client: pg.Client): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let time = 0; time < TIMES; time++) {
    const begun = performance.now();
    await client.query("");
    least = Math.min(least, performance.now() - begun);
  }
  return least;
}
