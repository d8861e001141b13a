import { listObjects } from "@/lib/engine/filter/list-objects";
import { previewFilter } from "@/lib/engine/filter/preview-filter";
import {
  filterPreview,
  filterPreviewBody,
  sourceObjects,
  sourceObjectsBody,
} from "@/lib/migrations/filter-preview";
import { endpoint } from "../endpoint";
import { demandAllowedHost } from "../network-policy";
import { countUse } from "../rate-limit";
import { readSource } from "../read-source";

/** Each is a login from this machine, like a connection test; a preview follows every change a person makes. */
const LISTS = { name: "list of source objects", most: 30, withinMs: 60_000 };
const PREVIEWS = { name: "filter preview", most: 90, withinMs: 60_000 };

/** POST /api/source-objects: what a database of the source holds, with sizes. The password is used and forgotten. */
export const listSourceObjects = endpoint({
  action: "Howdah/sourceObjects/action",
  access: "operator",
  summary: "Lists what a database of the source holds, with sizes.",
  body: sourceObjectsBody,
  output: sourceObjects,
  async handle({ actor, body, note, request }) {
    const { caCertificate, ...settings } = body;
    note({ subject: `${body.host}:${body.port}`, data: { user: body.user, database: body.database } });
    countUse(LISTS, actor.tokenId ?? actor.name);
    await demandAllowedHost(body.host, "host");
    const source = { ...settings, ...(caCertificate ? { caCertificate } : {}) };
    return { body: await readSource(source, request.signal, listObjects) };
  },
});

/** POST /api/filter-previews: what a filter leaves out, and what follows. The password is used and forgotten. */
export const previewSourceFilter = endpoint({
  action: "Howdah/filterPreviews/action",
  access: "operator",
  summary: "Tells what a filter leaves out, and what follows.",
  body: filterPreviewBody,
  output: filterPreview,
  async handle({ actor, body, note, request }) {
    const { caCertificate, filter, sizes, ...settings } = body;
    note({ subject: `${body.host}:${body.port}`, data: { user: body.user, database: body.database } });
    countUse(PREVIEWS, actor.tokenId ?? actor.name);
    await demandAllowedHost(body.host, "host");
    const source = { ...settings, ...(caCertificate ? { caCertificate } : {}) };
    return {
      body: await readSource(source, request.signal, (client) => previewFilter(client, filter, { sizes })),
    };
  },
});
