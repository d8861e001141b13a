import { defineConfig } from "prisma/config";

// Prisma insists on a schema engine binary that it would download; any existing file satisfies the check,
// and nothing here ever runs it (migrations are written by scripts/prisma-migrations.ts).
process.env["PRISMA_SCHEMA_ENGINE_BINARY"] ??= "package.json";

export default defineConfig({
  schema: "prisma/schema.prisma",
  migrations: { path: "prisma/migrations" },
  datasource: { url: process.env["DATABASE_URL"] ?? "postgresql://x:y@127.0.0.1:1/none" },
});
