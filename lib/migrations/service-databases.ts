/** Databases of managed services that belong to the service; nobody can or should move them. */
export const SERVICE_DATABASES: ReadonlySet<string> = new Set([
  "azure_maintenance",
  "azure_sys",
  "rdsadmin",
  "cloudsqladmin",
  "alloydbadmin",
  "alloydbmetadata",
]);
