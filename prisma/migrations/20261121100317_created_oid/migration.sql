-- AlterTable
ALTER TABLE "migration_database" ADD COLUMN     "created_oid" BIGINT;
