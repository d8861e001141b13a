import type { DatabaseRule, ServerRule } from "./rule";
import { azureAdministrator } from "./rules/azure-administrator";
import { azureTempTablespaces } from "./rules/azure-temp-tablespaces";
import { caseTwins } from "./rules/case-twins";
import { catalogGrants } from "./rules/catalog-grants";
import { columnCollations } from "./rules/column-collations";
import { databaseLocale } from "./rules/database-locale";
import { differentServers } from "./rules/different-servers";
import { extensionSchemas } from "./rules/extension-schemas";
import { extensionVersions } from "./rules/extension-versions";
import { extensionsAvailable } from "./rules/extensions-available";
import { fileAccessFunctions } from "./rules/file-access-functions";
import { invalidIndexes } from "./rules/invalid-indexes";
import { leftoverSlots } from "./rules/leftover-slots";
import { lockHeadroom } from "./rules/lock-headroom";
import { longTransactions } from "./rules/long-transactions";
import { noDowngrade } from "./rules/no-downgrade";
import { objectsNotMoved } from "./rules/objects-not-moved";
import { outsideTheStream } from "./rules/outside-the-stream";
import { preloadedLibraries } from "./rules/preloaded-libraries";
import { preparedTransactions } from "./rules/prepared-transactions";
import { replicaIdentity } from "./rules/replica-identity";
import { replicationRight } from "./rules/replication-right";
import { replicationSlots } from "./rules/replication-slots";
import { rolesPresent } from "./rules/roles-present";
import { rowSecurity } from "./rules/row-security";
import { scheduledJobs } from "./rules/scheduled-jobs";
import { slotWalLimit } from "./rules/slot-wal-limit";
import { sourceVersion } from "./rules/source-version";
import { tablesReadable } from "./rules/tables-readable";
import { tablesWithoutOids } from "./rules/tables-without-oids";
import { tablespaces } from "./rules/tablespaces";
import { targetMayCreateDatabases } from "./rules/target-may-create-databases";
import { targetReplicas } from "./rules/target-replicas";
import { targetWritable } from "./rules/target-writable";
import { transactionIdMargin } from "./rules/transaction-id-margin";
import { walLevel } from "./rules/wal-level";
import { walSenderTimeout } from "./rules/wal-sender-timeout";
import { walSenders } from "./rules/wal-senders";

/** Checked once, in this order, after both servers were reached. */
export const SERVER_RULES: readonly ServerRule[] = [
  sourceVersion,
  noDowngrade,
  differentServers,
  targetWritable,
  targetMayCreateDatabases,
  azureAdministrator,
  rolesPresent,
  targetReplicas,
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
  azureTempTablespaces,
];

/** Checked for every database that could be opened on the source. */
export const DATABASE_RULES: readonly DatabaseRule[] = [
  extensionsAvailable,
  extensionVersions,
  extensionSchemas,
  preloadedLibraries,
  scheduledJobs,
  databaseLocale,
  columnCollations,
  tablesReadable,
  rowSecurity,
  lockHeadroom,
  tablesWithoutOids,
  catalogGrants,
  tablespaces,
  caseTwins,
  invalidIndexes,
  fileAccessFunctions,
  objectsNotMoved,
  replicaIdentity,
  outsideTheStream,
];
