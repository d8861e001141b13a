import { expect } from "vitest";
import { DATABASE, failed, MOVER, type Trouble, unchecked, warning } from "./trouble";

/** What can be wrong with a server as a whole. */
export const SERVER_TROUBLES: readonly Trouble[] = [
  {
    rule: "roles-present",
    onSource: ["create role only_here", `create role "only;here" login`],
    found: warning(
      "ROLE_MISSING",
      ["only;here", "only_here"],
      [`create role "only;here" login;`, `create role "only_here";`],
    ),
  },
  {
    rule: "target-may-create-databases",
    plain: [failed("CREATEDB_MISSING", [], [`alter role ${MOVER} createdb;`])],
  },
  {
    rule: "target-may-create-roles",
    plain: [warning("CREATEROLE_MISSING", [], [`alter role ${MOVER} createrole;`])],
  },
  {
    rule: "target-writable",
    onTarget: [`alter role ${MOVER} set default_transaction_read_only = on`],
    plain: [failed("TARGET_READ_ONLY", [])],
  },
  { rule: "target-storage", plain: [unchecked] },
  { rule: "long-transactions", plain: [unchecked] },
  {
    rule: "server-parameters",
    settings: { DateStyle: "SQL, DMY" },
    found: warning(
      "PARAMETERS_DIFFER",
      ["DateStyle: source SQL, DMY, target ISO, MDY"],
      [`alter system set "DateStyle" = 'SQL, DMY';`, "select pg_reload_conf();"],
    ),
    plain: [warning("PARAMETERS_DIFFER", ["DateStyle: source SQL, DMY, target ISO, MDY"])],
  },
  {
    rule: "prepared-transactions",
    settings: { max_prepared_transactions: "2" },
    found: warning("TRANSACTIONS_PREPARED", [expect.stringMatching(/^left 'over \(.*, since /)]),
  },
  {
    rule: "replication-right",
    plain: [failed("REPLICATION_RIGHT_MISSING", [], [`alter role ${MOVER} replication;`])],
  },
  {
    rule: "leftover-slots",
    settings: { max_replication_slots: "1" },
    found: warning(
      "SLOTS_LEFT_OVER",
      [`forgotten (${DATABASE})`],
      ["select pg_drop_replication_slot('forgotten');"],
    ),
  },
  {
    rule: "replication-slots",
    found: failed(
      "REPLICATION_SLOTS_MISSING",
      ["forgotten"],
      ["alter system set max_replication_slots = 2;"],
    ),
  },
  {
    rule: "wal-senders",
    settings: { max_wal_senders: "0" },
    found: failed("WAL_SENDERS_MISSING", [], ["alter system set max_wal_senders = 1;"]),
  },
  {
    rule: "wal-sender-timeout",
    settings: { wal_sender_timeout: "5s" },
    found: warning(
      "WAL_SENDER_TIMEOUT_SHORT",
      [],
      ["alter system set wal_sender_timeout = 0;", "select pg_reload_conf();"],
    ),
  },
  {
    rule: "slot-wal-limit",
    settings: { max_slot_wal_keep_size: "1GB" },
    when: ({ from }) => from >= 13,
    found: warning(
      "SLOT_WAL_LIMITED",
      [],
      ["alter system set max_slot_wal_keep_size = -1;", "select pg_reload_conf();"],
    ),
  },
  {
    rule: "decoding-memory",
    settings: { logical_decoding_work_mem: "4MB" },
    when: ({ from }) => from >= 13,
    found: warning(
      "DECODING_MEMORY_LOW",
      [],
      ["alter system set logical_decoding_work_mem = '64MB';", "select pg_reload_conf();"],
    ),
  },
];
