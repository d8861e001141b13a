-- AlterTable
ALTER TABLE "migration" ADD COLUMN     "replication_setup_requested_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "migration_database" ADD COLUMN     "cancel_requested_at" TIMESTAMPTZ(3),
ADD COLUMN     "capture_name" TEXT,
ADD COLUMN     "caught_up_at" TIMESTAMPTZ(3),
ADD COLUMN     "cutover" JSONB,
ADD COLUMN     "cutover_requested_at" TIMESTAMPTZ(3),
ADD COLUMN     "drop_target_on_cancel" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "follow_figures" JSONB,
ADD COLUMN     "follow_start" JSONB,
ADD COLUMN     "rehearsal" JSONB,
ADD COLUMN     "rehearsal_requested_at" TIMESTAMPTZ(3),
ADD COLUMN     "stopped_tables" JSONB NOT NULL DEFAULT '[]';

-- AlterTable
ALTER TABLE "migration_part" ADD COLUMN     "lsn" TEXT;

-- AlterTable
ALTER TABLE "migration_table" ADD COLUMN     "deletes" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "inserts" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "truncates" BIGINT NOT NULL DEFAULT 0,
ADD COLUMN     "unfollowed" TEXT,
ADD COLUMN     "updates" BIGINT NOT NULL DEFAULT 0;

-- CreateTable
CREATE TABLE "migration_follow_sample" (
    "migration_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "lag_ms" BIGINT NOT NULL,
    "lag_bytes" BIGINT NOT NULL,
    "applied_changes" BIGINT NOT NULL,
    "retained_bytes" BIGINT NOT NULL,

    CONSTRAINT "migration_follow_sample_pkey" PRIMARY KEY ("migration_id","at")
);

-- CreateTable
CREATE TABLE "installation" (
    "id" INTEGER NOT NULL DEFAULT 1,
    "mark" TEXT NOT NULL,

    CONSTRAINT "installation_pkey" PRIMARY KEY ("id")
);

-- AddForeignKey
ALTER TABLE "migration_follow_sample" ADD CONSTRAINT "migration_follow_sample_migration_id_fkey" FOREIGN KEY ("migration_id") REFERENCES "migration"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- The mark that slots of this installation carry.
INSERT INTO "installation" ("mark") VALUES (substr(md5(gen_random_uuid()::text), 1, 6));
