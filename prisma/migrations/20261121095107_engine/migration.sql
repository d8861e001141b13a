-- AlterTable
ALTER TABLE "migration" ADD COLUMN     "attempt" INTEGER NOT NULL DEFAULT 1,
ADD COLUMN     "pause_requested_at" TIMESTAMPTZ(3),
ADD COLUMN     "paused_at" TIMESTAMPTZ(3),
ADD COLUMN     "throttle_bytes_per_second" BIGINT,
ADD COLUMN     "throttle_connections" INTEGER;

-- AlterTable
ALTER TABLE "migration_database" ADD COLUMN     "checkpoint" JSONB,
ADD COLUMN     "target_name" TEXT;

-- CreateTable
CREATE TABLE "migration_part" (
    "database_id" UUID NOT NULL,
    "schema" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "part" INTEGER NOT NULL,
    "parts" INTEGER NOT NULL,
    "rows" BIGINT NOT NULL,
    "bytes" BIGINT NOT NULL,

    CONSTRAINT "migration_part_pkey" PRIMARY KEY ("database_id","schema","name","part")
);

-- CreateTable
CREATE TABLE "verification" (
    "id" UUID NOT NULL,
    "migration_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "requested_by" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'queued',
    "databases" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "only_tables" TEXT[] DEFAULT ARRAY[]::TEXT[],
    "throttle_bytes_per_second" BIGINT,
    "throttle_connections" INTEGER,
    "cancel_requested_at" TIMESTAMPTZ(3),
    "run_epoch" INTEGER NOT NULL DEFAULT 0,
    "version" INTEGER NOT NULL DEFAULT 1,
    "error" TEXT,
    "error_code" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "verification_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "verification_item" (
    "id" BIGSERIAL NOT NULL,
    "verification_id" UUID NOT NULL,
    "database" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "schema" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'queued',
    "bytes_estimated" BIGINT NOT NULL DEFAULT 0,
    "bytes_read" BIGINT NOT NULL DEFAULT 0,
    "source_rows" DECIMAL,
    "target_rows" DECIMAL,
    "source_checksum" TEXT,
    "target_checksum" TEXT,
    "differences" INTEGER NOT NULL DEFAULT 0,
    "limited" BOOLEAN NOT NULL DEFAULT false,
    "message" TEXT,
    "ms" INTEGER,
    "schema_lines" JSONB,

    CONSTRAINT "verification_item_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "verification_row" (
    "id" BIGSERIAL NOT NULL,
    "item_id" BIGINT NOT NULL,
    "kind" TEXT NOT NULL,
    "key" JSONB NOT NULL,
    "source" JSONB,
    "target" JSONB,
    "repair" TEXT,

    CONSTRAINT "verification_row_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "verification_secret" (
    "verification_id" UUID NOT NULL,
    "side" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,

    CONSTRAINT "verification_secret_pkey" PRIMARY KEY ("verification_id","side")
);

-- CreateIndex
CREATE INDEX "verification_migration_id_created_at_idx" ON "verification"("migration_id", "created_at" DESC);

-- CreateIndex
CREATE UNIQUE INDEX "verification_item_verification_id_database_kind_schema_name_key" ON "verification_item"("verification_id", "database", "kind", "schema", "name");

-- CreateIndex
CREATE INDEX "verification_row_item_id_id_idx" ON "verification_row"("item_id", "id");

-- AddForeignKey
ALTER TABLE "migration_part" ADD CONSTRAINT "migration_part_database_id_fkey" FOREIGN KEY ("database_id") REFERENCES "migration_database"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "verification" ADD CONSTRAINT "verification_migration_id_fkey" FOREIGN KEY ("migration_id") REFERENCES "migration"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "verification_item" ADD CONSTRAINT "verification_item_verification_id_fkey" FOREIGN KEY ("verification_id") REFERENCES "verification"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "verification_row" ADD CONSTRAINT "verification_row_item_id_fkey" FOREIGN KEY ("item_id") REFERENCES "verification_item"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "verification_secret" ADD CONSTRAINT "verification_secret_verification_id_fkey" FOREIGN KEY ("verification_id") REFERENCES "verification"("id") ON DELETE CASCADE ON UPDATE CASCADE;
