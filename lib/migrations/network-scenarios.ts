import { hbaLine } from "@/lib/util/hba-line";
import type { SourceType } from "./vocabulary";

/** Where an address can be reached from. "name": a name that says nothing of it. */
export type Reach = "this-machine" | "private" | "private-endpoint" | "public" | "name";

/** One end of a migration as the user entered it. */
export interface NetworkEnd {
  host: string;
  port: number;
  user: string;
  /** What the name stands for, when a test has looked it up. */
  addresses?: readonly string[];
  /** Howdah's own address as this server has seen it, when it has said so. */
  clientAddress?: string | null;
}

export interface NetworkStep {
  side: "source" | "target" | "howdah";
  text: string;
  /** To be copied as it is. */
  code?: string;
}

export interface NetworkAdvice {
  /** The pair in a few words: "Private source, public target". */
  title: string;
  steps: NetworkStep[];
}

const PRIVATE_V4: readonly RegExp[] = [
  /^10\./,
  /^172\.(1[6-9]|2\d|3[01])\./,
  /^192\.168\./,
  /^169\.254\./,
  // Carriers and overlay networks.
  /^100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./,
];
const PRIVATE_V6 = /^(f[cd]|fe[89ab])/i;
const PRIVATE_NAME = /\.(local|localdomain|internal|intranet|lan|corp|private|home\.arpa)$/i;
const ENDPOINT_NAME = /\.privatelink\.|\.private\.postgres\.database\.azure\.com$|^vpce-|\.psc\./i;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/i;

/** Where this host can be reached from: what it stands for tells more than its name, its name more than nothing. */
export function reachOf({ host, addresses = [] }: Pick<NetworkEnd, "host" | "addresses">): Reach {
  const bare = host.trim().replace(/^\[|\]$|\.$/g, "");
  if (bare.startsWith("/") || LOOPBACK.test(bare)) return "this-machine";
  if (ENDPOINT_NAME.test(bare)) return "private-endpoint";
  const known = isAddress(bare) ? bare : addresses.find(isAddress);
  if (known) {
    if (LOOPBACK.test(known)) return "this-machine";
    return isPrivate(known) ? "private" : "public";
  }
  return PRIVATE_NAME.test(bare) || !bare.includes(".") ? "private" : "name";
}

function isAddress(text: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(text) || /^[\da-f]*:[\da-f:.]+$/i.test(text);
}

function isPrivate(address: string): boolean {
  const v4 = address.replace(/^::ffff:/i, "");
  return v4.includes(":") ? PRIVATE_V6.test(v4) : PRIVATE_V4.some((range) => range.test(v4));
}

/** Howdah's address in what a server said when it refused the login; null when it did not say. */
export function clientAddressIn(text: string): string | null {
  return /pg_hba\.conf (?:rejects|entry for).*?host "([^"]+)"/.exec(text)?.[1] ?? null;
}

/** Where a service keeps its list of admitted addresses. Absent: pg_hba.conf is the list. */
const SOURCE_FIREWALL: Partial<Record<SourceType, string>> = {
  AWS_RDS: "an inbound rule of the instance's security group",
  AWS_AURORA: "an inbound rule of the cluster's security group; use the writer endpoint",
  GCP_CloudSQL:
    "Connections, Networking, Authorized networks of the instance; use its IP address, not its connection name",
  GCP_AlloyDB:
    "the authorized external networks of the instance's public IP; use its IP address, not its connection name",
  PostgreSQLSingleServer: "Connection security, a firewall rule",
  PostgreSQLFlexibleServer: "Networking, a firewall rule",
  PostgreSQLCosmosDB: "Networking, a firewall rule of the cluster",
  Supabase_PostgreSQL:
    "Database settings, Network restrictions; use the direct connection or the session pooler",
  Digital_Ocean_PostgreSQL: "Network Access, the trusted sources of the cluster",
  Crunchy_PostgreSQL: "Networking, the firewall rules of the cluster",
  ApsaraDB_RDS: "Data Security, the whitelist of the instance",
  Huawei_RDS: "an inbound rule of the instance's security group",
};

/** Virtual machines have a firewall of their network before pg_hba.conf. */
const MACHINE_FIREWALL: Partial<Record<SourceType, string>> = {
  AWS_EC2: "the security group of the instance",
  AWS: "the security group",
  AzureVM: "the network security group of the virtual machine",
  GCP_Compute: "a firewall rule of the VPC network",
  GCP: "a firewall rule of the VPC network",
  Huawei_Compute: "the security group of the instance",
  Digital_Ocean_Droplets: "the cloud firewall of the droplet",
};

const HEROKU =
  "Heroku admits every address; choose SSL mode Require and the login of the database's credentials.";

/** What a source of this type has to let in, in one sentence, before anything of its address is known. */
export function networkPrerequisite(type: SourceType): { text: string; code?: string } {
  if (type === "Heroku_PostgreSQL") return { text: HEROKU };
  const service = SOURCE_FIREWALL[type];
  if (service) return { text: `The source admits Howdah's address: ${service}.` };
  const machine = MACHINE_FIREWALL[type];
  return machine
    ? { text: `The source admits Howdah's address, in ${machine} and in`, code: "pg_hba.conf" }
    : {
        text: "The source listens on an address that Howdah can reach and admits it in",
        code: "pg_hba.conf",
      };
}

const AZURE_NAME = /\.postgres\.database\.azure\.com$/i;

const REACH_WORDS: Record<Reach, string> = {
  "this-machine": "on this machine",
  private: "in a private network",
  "private-endpoint": "behind a private endpoint",
  public: "with a public address",
  name: "known by name only",
};

/** What to open where, so that Howdah reaches both servers; `target` is null while none has been entered. */
export function networkAdvice(ends: {
  source: NetworkEnd & { type: SourceType };
  target: NetworkEnd | null;
}): NetworkAdvice {
  const { source, target } = ends;
  const [from, to] = [reachOf(source), target ? reachOf(target) : null];
  const title = `Source ${REACH_WORDS[from]}${to ? `, target ${REACH_WORDS[to]}` : ""}`;
  return {
    title,
    steps: [
      ...placeSteps(from, to),
      ...sourceSteps(source, from),
      ...(target && to ? targetSteps(target, to) : []),
    ],
  };
}

/** Rows go from the source through Howdah to the target; the two servers need not see each other. */
function placeSteps(from: Reach, to: Reach | null): NetworkStep[] {
  const hidden = [from, to].filter((reach) => reach === "private" || reach === "private-endpoint").length;
  const text =
    from === "this-machine" || to === "this-machine"
      ? "A server on this machine is reached by Howdah alone; the other one has to be reachable from here."
      : hidden === 2
        ? "Run Howdah where both private networks are reachable: in one of them, joined by peering, VPN or ExpressRoute. The servers need not reach each other."
        : hidden === 1
          ? "Run Howdah inside the private network, with a way out to the other server. Nothing has to be opened from outside, and the servers need not reach each other."
          : "Howdah may run anywhere from where both addresses are reachable; the servers need not reach each other.";
  const dns: NetworkStep[] =
    from === "private-endpoint" || to === "private-endpoint"
      ? [
          {
            side: "howdah",
            text: "The name of a private endpoint has to resolve to its private address on Howdah's machine: link the private DNS zone to its network.",
          },
        ]
      : [];
  return [{ side: "howdah", text }, ...dns];
}

function sourceSteps(source: NetworkEnd & { type: SourceType }, reach: Reach): NetworkStep[] {
  if (reach === "this-machine") return [];
  const { type, port } = source;
  if (type === "Heroku_PostgreSQL") return [{ side: "source", text: HEROKU }];
  const whose = source.clientAddress ?? "Howdah's address";
  const service = SOURCE_FIREWALL[type];
  if (service) return [{ side: "source", text: `Allow ${whose} on port ${port} in ${service}.` }];
  const machine = MACHINE_FIREWALL[type] ?? "every firewall on the way";
  return [
    { side: "source", text: `Allow ${whose} on port ${port} in ${machine}.` },
    ...hbaSteps("source", source),
  ];
}

function targetSteps(target: NetworkEnd, reach: Reach): NetworkStep[] {
  if (reach === "this-machine") return [];
  const whose = target.clientAddress ?? "Howdah's address";
  if (!AZURE_NAME.test(target.host)) {
    return [
      { side: "target", text: `Allow ${whose} on port ${target.port} in every firewall on the way.` },
      ...hbaSteps("target", target),
    ];
  }
  if (reach === "private" || reach === "private-endpoint") {
    return [
      {
        side: "target",
        text: `Allow port ${target.port} from Howdah's subnet in the network security group of the flexible server's subnet; firewall rules do not apply there.`,
      },
    ];
  }
  return [{ side: "target", text: `Allow ${whose} in a firewall rule on the server's Networking page.` }];
}

function hbaSteps(side: "source" | "target", end: NetworkEnd): NetworkStep[] {
  return [
    {
      side,
      text: "Listen on an address that is reached from there: set listen_addresses, then restart the server.",
    },
    {
      side,
      text: "Let the login in: add to pg_hba.conf, then run select pg_reload_conf();",
      code: hbaLine(end.user || "howdah", end.clientAddress ?? null),
    },
  ];
}
