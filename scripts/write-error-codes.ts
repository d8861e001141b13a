/** Writes docs/error-codes.md from the table of codes: tsx scripts/write-error-codes.ts */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderErrorCodes } from "./render-error-codes";

writeFileSync(join(import.meta.dirname, "..", "docs", "error-codes.md"), renderErrorCodes());
