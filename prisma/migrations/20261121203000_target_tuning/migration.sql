-- AlterTable
ALTER TABLE "migration" ADD COLUMN     "source_metadata" JSONB,
ADD COLUMN     "target_metadata" JSONB,
ADD COLUMN     "target_tuning" JSONB;
