-- AlterTable
ALTER TABLE "server" ADD COLUMN     "azure_resource_id" TEXT;

-- CreateTable
CREATE TABLE "azure_principal" (
    "id" TEXT NOT NULL DEFAULT 'default',
    "tenant_id" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "azure_principal_pkey" PRIMARY KEY ("id")
);
