import { endpoint } from "../endpoint";
import { readServerList } from "../read-models";
import * as schemas from "../read-schemas";

/** GET /api/servers */
export const listServers = endpoint({
  action: "Howdah/servers/read",
  access: "viewer",
  summary: "Lists registered servers with the number of their migrations.",
  output: schemas.serverList,
  async handle() {
    return { body: await readServerList() };
  },
});
