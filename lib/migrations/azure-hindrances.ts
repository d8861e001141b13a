import type { AzureServerView } from "./azure-contract";

/**
 * What of a flexible server stands against a migration into it, as the documents of Azure's migration service demand;
 * `replicas` where they are known.
 */
export function azureHindrances(server: AzureServerView & { replicas?: readonly string[] }): string[] {
  const { state, highAvailability, replicas = [] } = server;
  return [
    ...(state !== "" && state !== "Ready" ? [`The server is ${state.toLowerCase()}.`] : []),
    ...(server.isReplica ? ["It is a read replica and takes no data."] : []),
    ...(highAvailability.isOn
      ? ["High availability is on: switch it off until the migration has ended."]
      : []),
    ...(replicas.length > 0
      ? [`It has read replicas (${replicas.join(", ")}): make them again afterwards.`]
      : []),
    ...(server.sku?.tier === "Burstable"
      ? ["Burstable tier: slow under load; scale up for the migration."]
      : []),
    ...(server.isPublic === false
      ? ["No public access: whoever runs the migration must be inside its network."]
      : []),
  ];
}
