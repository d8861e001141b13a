/** `howdah verify`'s options as typed. */
export interface VerifyOptions {
  source: string;
  target: string;
  database?: string[];
  table?: string[];
  jobs?: number;
  maxDifferences: number;
  maxMegabytesPerSecond?: number;
  json?: true;
  repairFile?: string;
  report?: string;
}
