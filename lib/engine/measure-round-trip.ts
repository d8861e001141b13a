import type pg from "pg";

const TIMES = 3;

/**
 * Milliseconds that an empty statement takes to a server and back: how far away it is. The mean of three. What the session is
 * busy with when called counts as well. Throws what the server reports.
 */
export async function measureRoundTrip(client: pg.Client): Promise<number> {
  const begun = performance.now();
  // Queued together, so that nothing else of this session gets in between.
  await Promise.all(Array.from({ length: TIMES }, () => client.query("")));
  return (performance.now() - begun) / TIMES;
}
