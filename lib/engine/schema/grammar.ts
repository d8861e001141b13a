/** PostgreSQL's grammar. All take it from here: it is loaded where it is imported first, and then the compiler must be set. */
import "./spare-wasm-memory";

import { loadModule, parseSync } from "libpg-query";

/** Has to be awaited before `parse` is called; cheap when repeated. */
export const loadGrammar: () => Promise<void> = loadModule;

/** The syntax tree of SQL text. Throws when the grammar refuses it. */
export const parse: typeof parseSync = parseSync;
