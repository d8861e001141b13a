-- AlterTable
ALTER TABLE "migration_database" ADD COLUMN     "output_plugin" TEXT;

UPDATE "migration_database" SET "output_plugin" = "follow_start" -> 'capture' ->> 'plugin';
