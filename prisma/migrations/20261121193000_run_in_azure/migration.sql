-- AlterTable
ALTER TABLE "migration" ADD COLUMN     "azure_run" JSONB;
