-- CreateTable
CREATE TABLE "server" (
    "id" UUID NOT NULL,
    "subscription_id" TEXT NOT NULL,
    "resource_group" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "location" TEXT NOT NULL DEFAULT 'local',
    "tags" JSONB NOT NULL DEFAULT '{}',
    "host" TEXT NOT NULL,
    "port" INTEGER NOT NULL DEFAULT 5432,
    "ssl_mode" TEXT NOT NULL DEFAULT 'Prefer',
    "ca_certificate" TEXT,
    "administrator_login" TEXT NOT NULL,
    "version" TEXT,
    "storage_bytes" BIGINT,
    "checked_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "server_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "migration" (
    "id" UUID NOT NULL,
    "server_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT NOT NULL,
    "location" TEXT NOT NULL DEFAULT 'local',
    "tags" JSONB NOT NULL DEFAULT '{}',
    "mode" TEXT NOT NULL,
    "option" TEXT NOT NULL,
    "source_type" TEXT NOT NULL,
    "ssl_mode" TEXT NOT NULL,
    "properties" JSONB NOT NULL,
    "options" JSONB NOT NULL DEFAULT '{}',
    "source_user" TEXT NOT NULL,
    "target_user" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "substate" TEXT NOT NULL,
    "last_active_substate" TEXT NOT NULL,
    "error" TEXT,
    "error_code" TEXT,
    "validation" JSONB,
    "cancel_requested_at" TIMESTAMPTZ(3),
    "cancel_reason" TEXT,
    "drop_targets_on_cancel" BOOLEAN NOT NULL DEFAULT false,
    "cutover_requested_at" TIMESTAMPTZ(3),
    "overwrite_confirmed" BOOLEAN NOT NULL DEFAULT false,
    "run_epoch" INTEGER NOT NULL DEFAULT 0,
    "worker_name" TEXT,
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),
    "phases" JSONB NOT NULL DEFAULT '[]',

    CONSTRAINT "migration_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "migration_database" (
    "id" UUID NOT NULL,
    "migration_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "position" INTEGER NOT NULL,
    "state" TEXT,
    "phase" TEXT NOT NULL DEFAULT 'queued',
    "created_on_target" BOOLEAN NOT NULL DEFAULT false,
    "exists_on_target" BOOLEAN NOT NULL DEFAULT false,
    "size_bytes" BIGINT,
    "bytes_estimated" BIGINT NOT NULL DEFAULT 0,
    "bytes_copied" BIGINT NOT NULL DEFAULT 0,
    "rows_copied" BIGINT NOT NULL DEFAULT 0,
    "tables_queued" INTEGER NOT NULL DEFAULT 0,
    "tables_loading" INTEGER NOT NULL DEFAULT 0,
    "tables_completed" INTEGER NOT NULL DEFAULT 0,
    "tables_errored" INTEGER NOT NULL DEFAULT 0,
    "indexes_total" INTEGER NOT NULL DEFAULT 0,
    "indexes_done" INTEGER NOT NULL DEFAULT 0,
    "message" TEXT,
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "migration_database_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "migration_table" (
    "id" BIGSERIAL NOT NULL,
    "database_id" UUID NOT NULL,
    "schema" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'queued',
    "format" TEXT,
    "bytes_estimated" BIGINT NOT NULL DEFAULT 0,
    "rows_estimated" BIGINT NOT NULL DEFAULT 0,
    "bytes_copied" BIGINT NOT NULL DEFAULT 0,
    "rows_copied" BIGINT NOT NULL DEFAULT 0,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "started_at" TIMESTAMPTZ(3),
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "migration_table_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "migration_problem" (
    "id" BIGSERIAL NOT NULL,
    "database_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "severity" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "object" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "sql_state" TEXT,
    "message" TEXT NOT NULL,
    "remedy" TEXT NOT NULL,
    "statement" TEXT,

    CONSTRAINT "migration_problem_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "migration_secret" (
    "migration_id" UUID NOT NULL,
    "side" TEXT NOT NULL,
    "sealed" BYTEA NOT NULL,

    CONSTRAINT "migration_secret_pkey" PRIMARY KEY ("migration_id","side")
);

-- CreateTable
CREATE TABLE "migration_event" (
    "id" BIGSERIAL NOT NULL,
    "migration_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "level" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "message" TEXT NOT NULL,
    "database" TEXT,
    "object" TEXT,
    "data" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "migration_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "migration_sample" (
    "migration_id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "bytes_copied" BIGINT NOT NULL,
    "rows_copied" BIGINT NOT NULL,
    "active_jobs" INTEGER NOT NULL,

    CONSTRAINT "migration_sample_pkey" PRIMARY KEY ("migration_id","at")
);

-- CreateTable
CREATE TABLE "access_token" (
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "used_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "access_token_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "audit_event" (
    "id" BIGSERIAL NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "actor" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "target" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "outcome" TEXT NOT NULL,
    "data" JSONB NOT NULL DEFAULT '{}',

    CONSTRAINT "audit_event_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "worker" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "host" TEXT NOT NULL,
    "pid" INTEGER NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "worker_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "server_key_key" ON "server"("key");

-- CreateIndex
CREATE INDEX "migration_created_at_idx" ON "migration"("created_at" DESC);

-- CreateIndex
CREATE INDEX "migration_state_idx" ON "migration"("state");

-- CreateIndex
CREATE UNIQUE INDEX "migration_server_id_name_key_key" ON "migration"("server_id", "name_key");

-- CreateIndex
CREATE UNIQUE INDEX "migration_database_migration_id_name_key" ON "migration_database"("migration_id", "name");

-- CreateIndex
CREATE UNIQUE INDEX "migration_table_database_id_schema_name_key" ON "migration_table"("database_id", "schema", "name");

-- CreateIndex
CREATE INDEX "migration_problem_database_id_idx" ON "migration_problem"("database_id");

-- CreateIndex
CREATE INDEX "migration_event_migration_id_id_idx" ON "migration_event"("migration_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "access_token_hash_key" ON "access_token"("hash");

-- CreateIndex
CREATE INDEX "audit_event_at_idx" ON "audit_event"("at" DESC);

-- CreateIndex
CREATE INDEX "worker_seen_at_idx" ON "worker"("seen_at");

-- AddForeignKey
ALTER TABLE "migration" ADD CONSTRAINT "migration_server_id_fkey" FOREIGN KEY ("server_id") REFERENCES "server"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_database" ADD CONSTRAINT "migration_database_migration_id_fkey" FOREIGN KEY ("migration_id") REFERENCES "migration"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_table" ADD CONSTRAINT "migration_table_database_id_fkey" FOREIGN KEY ("database_id") REFERENCES "migration_database"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_problem" ADD CONSTRAINT "migration_problem_database_id_fkey" FOREIGN KEY ("database_id") REFERENCES "migration_database"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_secret" ADD CONSTRAINT "migration_secret_migration_id_fkey" FOREIGN KEY ("migration_id") REFERENCES "migration"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_event" ADD CONSTRAINT "migration_event_migration_id_fkey" FOREIGN KEY ("migration_id") REFERENCES "migration"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "migration_sample" ADD CONSTRAINT "migration_sample_migration_id_fkey" FOREIGN KEY ("migration_id") REFERENCES "migration"("id") ON DELETE CASCADE ON UPDATE CASCADE;
