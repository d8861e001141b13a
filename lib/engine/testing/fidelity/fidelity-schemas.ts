import { backOffice } from "./back-office";
import { cms } from "./cms";
import type { FidelitySchema } from "./fidelity-schema";
import { legacy } from "./legacy";
import { oddities } from "./oddities";
import { shop } from "./shop";
import { tenants } from "./tenants";
import { timeSeries } from "./time-series";

export const FIDELITY_SCHEMAS: readonly FidelitySchema[] = [
  shop,
  cms,
  backOffice,
  timeSeries,
  tenants,
  legacy,
  oddities,
];
