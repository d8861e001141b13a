/** An entry of the table of codes (error-codes.ts). */
export interface ErrorCodeEntry {
  cause: string;
  remedy: string;
  azure?: string;
}

/** Codes of what validation finds; part of the closed set in error-codes.ts. */
export const VALIDATION_CODES = {
  WAL_LEVEL_NOT_LOGICAL: {
    cause: "The source's WAL does not carry logical changes.",
    remedy:
      "Set wal_level to logical (RDS and Aurora: rds.logical_replication, Cloud SQL: cloudsql.logical_decoding) and restart the source.",
    azure: "603107",
  },
  REPLICATION_SLOTS_MISSING: {
    cause: "The source has too few free replication slots for the databases chosen.",
    remedy: "Raise max_replication_slots and restart the source, or drop slots nobody uses.",
    azure: "603105",
  },
  WAL_SENDERS_MISSING: {
    cause: "The source has too few free WAL senders for the databases chosen.",
    remedy: "Raise max_wal_senders and restart the source.",
    azure: "603106",
  },
  REPLICATION_RIGHT_MISSING: {
    cause: "The source login may not replicate.",
    remedy: "Grant it REPLICATION; on RDS and Aurora grant rds_replication.",
    azure: "603104",
  },
  WAL_SENDER_TIMEOUT_SHORT: {
    cause: "The source ends a stream of changes after a short silence.",
    remedy: "Set wal_sender_timeout to 0 for the time of the migration.",
  },
  SLOT_WAL_LIMITED: {
    cause: "max_slot_wal_keep_size limits how far a slot may fall behind.",
    remedy: "Set it to -1 for the time of the migration, and watch the disk of the source.",
  },
  SLOTS_LEFT_OVER: {
    cause: "Logical slots exist that nobody reads; they keep WAL on the source.",
    remedy: "Drop those that belong to nothing: select pg_drop_replication_slot('name').",
  },
  TRANSACTIONS_LONG: {
    cause: "Transactions have been open for long on the source.",
    remedy: "Let them end, or end their sessions.",
  },
  TRANSACTIONS_PREPARED: {
    cause: "Prepared transactions keep locks on the source.",
    remedy: "Commit or roll back each of them, from its own database.",
  },
  WRAPAROUND_NEAR: {
    cause: "A database of the source is near transaction id wraparound.",
    remedy: "Run vacuum (freeze) there before the migration.",
  },
  TARGET_REPLICATED: {
    cause: "Standbys follow the target, so that everything is written more than once.",
    remedy: "Turn off high availability and remove read replicas for the time of the migration.",
  },
  AZURE_HIGH_AVAILABILITY: {
    cause: "High availability of the flexible server is on, so that every commit waits for a standby.",
    remedy: "Turn it off for the time of the migration.",
  },
  AZURE_READ_REPLICAS: {
    cause: "The flexible server has read replicas, which everything is sent to.",
    remedy: "Delete them, and create them after the migration.",
  },
  AZURE_COMPUTE_SMALL: {
    cause: "The flexible server is small for what it is to receive.",
    remedy: "Scale it up for the time of the migration.",
  },
  AZURE_ADMIN_MISSING: {
    cause: "The target login is not an administrator of the flexible server.",
    remedy: "Grant it azure_pg_admin, or use the server administrator.",
    azure: "603115",
  },
  TEMP_ON_LOCAL_SSD: {
    cause: "Temporary files of the flexible server go to its small local SSD.",
    remedy: "Set azure.enable_temp_tablespaces_on_local_ssd to OFF for the time of the migration.",
  },
  LOCKS_FEW: {
    cause: "The source's lock table is smaller than the number of relations to be locked.",
    remedy: "Raise max_locks_per_transaction and restart the source.",
  },
  EXTENSION_IN_SYSTEM_SCHEMA: {
    cause: "An extension lives in a system schema, where a managed target creates nothing.",
    remedy: "Move it: alter extension ... set schema public.",
    azure: "603407",
  },
  EXTENSION_ROWS_REFUSED: {
    cause: "Tables of extensions have rows that the target login may not be allowed to write.",
    remedy: "Migrate with a superuser, or have the grants made that the migration prints and retry it.",
  },
  EXTENSION_VERSION_DIFFERS: {
    cause: "The target offers another version of an extension than the source has.",
    remedy: "Update the extension on the source first, or test against the target's version.",
    azure: "603406",
  },
  LIBRARY_NOT_PRELOADED: {
    cause: "An extension in use needs a library that the target does not load at its start.",
    remedy: "Add the library to shared_preload_libraries on the target and restart it.",
    azure: "603109",
  },
  COLLATION_MISSING: {
    cause: "A column uses a collation the target does not have.",
    remedy: "Create the collation on the target, or change the column on the source.",
    azure: "603402",
  },
  TABLE_WITH_OIDS: {
    cause: "A table has the hidden oid column that PostgreSQL 12 removed.",
    remedy: "Run alter table ... set without oids on the source.",
    azure: "603404",
  },
  CATALOG_GRANTED: {
    cause: "Rights on system catalogues were granted on the source; a managed target refuses them.",
    remedy: "Revoke them on the source, or do without them on the target.",
    azure: "603410",
  },
  REPLICA_IDENTITY_MISSING: {
    cause: "Changed and deleted rows of a table cannot be identified in the change stream.",
    remedy: "Add a primary key, or set replica identity full.",
  },
  NOT_IN_CHANGE_STREAM: {
    cause: "Changes of some tables, or of large objects, are not streamed or not of use to the target.",
    remedy:
      "The cutover copies them again; make large unlogged tables logged before, if that would take too long.",
  },
  FUNCTION_NEEDS_PATH: {
    cause:
      "A function of an index or a materialised view finds what it mentions by search_path, which servers from PostgreSQL 17 on do not use for maintenance.",
    remedy: "Give the function a search_path of its own: alter function ... set search_path = ...",
  },
  TRUNCATE_NOT_STREAMED: {
    cause: "The source is older than PostgreSQL 11, whose change stream was the first to tell of TRUNCATE.",
    remedy: "Keep from TRUNCATE until the cutover, which copies such tables again.",
  },
  TEST_DECODING_CRASH: {
    cause: "A large transaction that is rolled back can end a PostgreSQL 18 that is read by test_decoding.",
    remedy: "Choose pgoutput as the output plugin.",
  },
  TABLESPACE_LOST: {
    cause: "Objects lie in tablespaces of their own, which the target does not have.",
    remedy: "Nothing has to be done; everything goes to the target's default tablespace.",
  },
  NAMES_DIFFER_BY_CASE: {
    cause: "Names differ only by case.",
    remedy: "Rename one of each pair, or quote names in every tool.",
  },
  INDEX_INVALID: {
    cause: "An index of the source is invalid.",
    remedy: "Drop it or build it anew on the source.",
  },
  JOBS_SCHEDULED: {
    cause: "Jobs of pg_cron would run on the target as soon as they are there.",
    remedy: "Unschedule them before the migration.",
  },
  SERVER_FILES_USED: {
    cause: "Functions use files of the server, which a managed target does not offer.",
    remedy: "Rewrite them.",
  },
  CREATEROLE_MISSING: {
    cause: "The target login may not create roles.",
    remedy: "Create the roles of the source by another login, or alter role ... createrole.",
    azure: "603116",
  },
  OWNER_OUT_OF_REACH: {
    cause: "The target login may not give objects to a role that owns some on the source.",
    remedy: "Grant it the role on the target: grant <role> to <login>.",
  },
  STORAGE_UNKNOWN: {
    cause: "The target may have too little free storage for the databases chosen.",
    remedy: "Have at least 1.25 times their size free before the migration.",
  },
  TLS_OUTDATED: {
    cause: "A connection to a server is encrypted by a version of TLS that is no longer safe.",
    remedy: "Set ssl_min_protocol_version to TLSv1.2 on the server; upgrade it where that is not possible.",
  },
  PARAMETERS_DIFFER: {
    cause: "Settings that decide how statements behave are set otherwise on the target.",
    remedy: "Set them alike on the target where the applications rely on them.",
  },
  PASSWORD_ENCRYPTION_DIFFERS: {
    cause: "The source keeps MD5 hashes of passwords, the target wants SCRAM.",
    remedy: "Set password_encryption to md5 on the target, or set the passwords anew there.",
  },
  READ_REPLICAS_MANY: {
    cause: "More standbys follow the source than a flexible server may have read replicas.",
    remedy: "Plan for at most five read replicas of the target.",
  },
  DECODING_MEMORY_LOW: {
    cause: "logical_decoding_work_mem is small, so that larger transactions are decoded by way of the disk.",
    remedy: "Raise it to at least 64MB for the time of the migration.",
  },
  TIMESCALE_ONLINE: {
    cause: "A database with TimescaleDB can be migrated offline only.",
    remedy: "Choose migration mode Offline for it.",
  },
  TRIGGERS_REPLICATED: {
    cause: "Triggers fire for replicated changes too, hence twice for one change.",
    remedy: "Enable them for ordinary sessions only until the cutover.",
  },
  PUBLICATION_FOR_ALL: {
    cause: "A publication for all tables makes tables without replica identity refuse updates and deletes.",
    remedy: "Drop it when nobody subscribes to it, or give those tables a replica identity.",
  },
  COLLATION_USER_DEFINED: {
    cause: "A collation made by a user cannot be created on the target.",
    remedy: "Install its locale on the target, or change the collation on the source.",
    azure: "603403",
  },
  CAST_REFUSED: {
    cause: "The target login may not create a cast between types of the system.",
    remedy: "Drop the cast on the source when nothing uses it, or call its function.",
    azure: "603409",
  },
  LANGUAGE_REFUSED: {
    cause: "The target login may not create a procedural language.",
    remedy: "Rewrite its functions in a language the target offers.",
    azure: "603413",
  },
} as const satisfies Record<string, ErrorCodeEntry>;
