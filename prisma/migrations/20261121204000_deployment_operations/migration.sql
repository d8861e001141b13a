-- AlterTable
ALTER TABLE "deployment" ADD COLUMN     "alive_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
ADD COLUMN     "operations" JSONB NOT NULL DEFAULT '[]',
ADD COLUMN     "run_id" UUID NOT NULL DEFAULT gen_random_uuid();
