-- CreateTable
CREATE TABLE "migration_checkpoint" (
    "database_id" UUID NOT NULL,
    "head" JSONB NOT NULL,
    "follow_start" JSONB,

    CONSTRAINT "migration_checkpoint_pkey" PRIMARY KEY ("database_id")
);

-- AddForeignKey
ALTER TABLE "migration_checkpoint" ADD CONSTRAINT "migration_checkpoint_database_id_fkey" FOREIGN KEY ("database_id") REFERENCES "migration_database"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- What is under way goes on from where it was.
INSERT INTO "migration_checkpoint" ("database_id", "head", "follow_start")
SELECT "id", "checkpoint", "follow_start" FROM "migration_database" WHERE "checkpoint" IS NOT NULL;

-- AlterTable
ALTER TABLE "migration_database" DROP COLUMN "checkpoint",
DROP COLUMN "follow_start";
