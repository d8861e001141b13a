-- CreateTable
CREATE TABLE "deployment" (
    "id" UUID NOT NULL,
    "subscription_id" TEXT NOT NULL,
    "resource_group" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "provisioning_state" TEXT NOT NULL,
    "correlation_id" TEXT NOT NULL,
    "template_hash" TEXT NOT NULL,
    "parameters" JSONB NOT NULL,
    "outputs" JSONB NOT NULL DEFAULT '{}',
    "output_resources" JSONB NOT NULL DEFAULT '[]',
    "error" JSONB,
    "created_by" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "ended_at" TIMESTAMPTZ(3),

    CONSTRAINT "deployment_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "deployment_key_key" ON "deployment"("key");

-- CreateIndex
CREATE INDEX "deployment_started_at_idx" ON "deployment"("started_at" DESC);
