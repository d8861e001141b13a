import { parseSourceAddress } from "./contract";

/** Where the source is, as the ARM properties say it. */
export interface SourceEndpoint {
  host: string;
  port: number;
  user: string;
}

/**
 * Host, port and user of a source given as `host:port@user`; a fully qualified name or a source user name among the
 * properties takes precedence. null when the address has another form (an Azure resource id).
 */
export function sourceEndpoint(properties: {
  sourceDbServerResourceId?: string | undefined;
  sourceDbServerFullyQualifiedDomainName?: string | undefined;
  sourceServerUsername?: string | undefined;
}): SourceEndpoint | null {
  const address = parseSourceAddress(properties.sourceDbServerResourceId ?? "");
  if (!address) return null;
  return {
    host: properties.sourceDbServerFullyQualifiedDomainName || address.host,
    port: address.port,
    user: properties.sourceServerUsername || address.user,
  };
}
