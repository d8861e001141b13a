import type { DatabaseRule, ServerRule } from "./rule";
import { azureAdministrator } from "./rules/azure-administrator";
import { azureComputeSize } from "./rules/azure-compute-size";
import { azureHighAvailability } from "./rules/azure-high-availability";
import { azureReadReplicas } from "./rules/azure-read-replicas";
import { azureTempTablespaces } from "./rules/azure-temp-tablespaces";
import { caseTwins } from "./rules/case-twins";
import { catalogGrants } from "./rules/catalog-grants";
import { columnCollations } from "./rules/column-collations";
import { columnOrder } from "./rules/column-order";
import { databaseLocale } from "./rules/database-locale";
import { decodingMemory } from "./rules/decoding-memory";
import { differentServers } from "./rules/different-servers";
import { encryptedConnections } from "./rules/encrypted-connections";
import { extensionRows } from "./rules/extension-rows";
import { extensionSchemas } from "./rules/extension-schemas";
import { extensionVersions } from "./rules/extension-versions";
import { extensionsAvailable } from "./rules/extensions-available";
import { fileAccessFunctions } from "./rules/file-access-functions";
import { functionPaths } from "./rules/function-paths";
import { invalidIndexes } from "./rules/invalid-indexes";
import { leftoverSlots } from "./rules/leftover-slots";
import { lockHeadroom } from "./rules/lock-headroom";
import { longTransactions } from "./rules/long-transactions";
import { noDowngrade } from "./rules/no-downgrade";
import { objectsNotMoved } from "./rules/objects-not-moved";
import { outsideTheStream } from "./rules/outside-the-stream";
import { ownersInReach } from "./rules/owners-in-reach";
import { passwordEncryption } from "./rules/password-encryption";
import { preloadedLibraries } from "./rules/preloaded-libraries";
import { preparedTransactions } from "./rules/prepared-transactions";
import { publicationsForAllTables } from "./rules/publications-for-all-tables";
import { readReplicas } from "./rules/read-replicas";
import { replicaIdentity } from "./rules/replica-identity";
import { replicatedTriggers } from "./rules/replicated-triggers";
import { replicationRight } from "./rules/replication-right";
import { replicationSlots } from "./rules/replication-slots";
import { rolesPresent } from "./rules/roles-present";
import { rowSecurity } from "./rules/row-security";
import { scheduledJobs } from "./rules/scheduled-jobs";
import { serverParameters } from "./rules/server-parameters";
import { slotWalLimit } from "./rules/slot-wal-limit";
import { sourceStandby } from "./rules/source-standby";
import { sourceVersion } from "./rules/source-version";
import { tablesReadable } from "./rules/tables-readable";
import { tablesWithoutOids } from "./rules/tables-without-oids";
import { tablespaces } from "./rules/tablespaces";
import { targetDatabaseAbsent } from "./rules/target-database-absent";
import { targetDatabaseReplaceable } from "./rules/target-database-replaceable";
import { targetMayCreateDatabases } from "./rules/target-may-create-databases";
import { targetMayCreateRoles } from "./rules/target-may-create-roles";
import { targetReplicas } from "./rules/target-replicas";
import { targetStorage } from "./rules/target-storage";
import { targetWritable } from "./rules/target-writable";
import { testDecodingCrash } from "./rules/test-decoding-crash";
import { timescaleOffline } from "./rules/timescale-offline";
import { transactionIdMargin } from "./rules/transaction-id-margin";
import { truncatesStreamed } from "./rules/truncates-streamed";
import { userCasts } from "./rules/user-casts";
import { userCollations } from "./rules/user-collations";
import { walLevel } from "./rules/wal-level";
import { walSenderTimeout } from "./rules/wal-sender-timeout";
import { walSenders } from "./rules/wal-senders";

/** Checked once, in this order, after both servers were reached. */
export const SERVER_RULES: readonly ServerRule[] = [
  sourceVersion,
  noDowngrade,
  differentServers,
  sourceStandby,
  encryptedConnections,
  targetWritable,
  targetMayCreateDatabases,
  targetMayCreateRoles,
  targetStorage,
  azureAdministrator,
  rolesPresent,
  targetReplicas,
  azureHighAvailability,
  azureReadReplicas,
  azureComputeSize,
  readReplicas,
  serverParameters,
  passwordEncryption,
  longTransactions,
  preparedTransactions,
  transactionIdMargin,
  leftoverSlots,
  walLevel,
  replicationRight,
  replicationSlots,
  walSenders,
  walSenderTimeout,
  slotWalLimit,
  decodingMemory,
  truncatesStreamed,
  azureTempTablespaces,
];

/** Checked for every database that could be opened on the source. */
export const DATABASE_RULES: readonly DatabaseRule[] = [
  targetDatabaseAbsent,
  targetDatabaseReplaceable,
  extensionsAvailable,
  extensionVersions,
  extensionSchemas,
  extensionRows,
  preloadedLibraries,
  scheduledJobs,
  timescaleOffline,
  databaseLocale,
  columnCollations,
  userCollations,
  tablesReadable,
  rowSecurity,
  lockHeadroom,
  tablesWithoutOids,
  catalogGrants,
  tablespaces,
  caseTwins,
  columnOrder,
  invalidIndexes,
  fileAccessFunctions,
  functionPaths,
  ownersInReach,
  userCasts,
  publicationsForAllTables,
  objectsNotMoved,
  testDecodingCrash,
  replicaIdentity,
  outsideTheStream,
  replicatedTriggers,
];
