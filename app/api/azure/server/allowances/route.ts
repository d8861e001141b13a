import { getAzureAllowances, setAzureAllowances } from "@/lib/server/endpoints/azure-allowances";
import { serveMethods } from "@/lib/server/serve";

export const { GET, POST, PUT, PATCH, DELETE, OPTIONS } = serveMethods({
  GET: getAzureAllowances,
  POST: setAzureAllowances,
});
