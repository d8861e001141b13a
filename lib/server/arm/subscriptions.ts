import { listOf, resourceGroupResource, subscriptionResource } from "@/lib/arm/resource-schemas";
import { resourceGroupId } from "@/lib/migrations/resource-paths";
import { LOCAL_RESOURCE_GROUP, LOCAL_SUBSCRIPTION_ID } from "@/lib/migrations/vocabulary";
import { type Endpoint, endpoint } from "../endpoint";

const SUBSCRIPTION = {
  id: `/subscriptions/${LOCAL_SUBSCRIPTION_ID}`,
  subscriptionId: LOCAL_SUBSCRIPTION_ID,
  displayName: "Howdah",
  state: "Enabled",
} as const;

const RESOURCE_GROUP = {
  id: resourceGroupId(LOCAL_SUBSCRIPTION_ID, LOCAL_RESOURCE_GROUP),
  name: LOCAL_RESOURCE_GROUP,
  type: "Microsoft.Resources/resourceGroups",
  location: "local",
  properties: { provisioningState: "Succeeded" },
} as const;

/** GET /subscriptions */
export const listSubscriptions: Endpoint = endpoint({
  action: "Microsoft.Resources/subscriptions/read",
  access: "viewer",
  summary: "Lists the local subscription.",
  output: listOf(subscriptionResource),
  async handle() {
    return { body: { value: [SUBSCRIPTION] } };
  },
});

/** GET /subscriptions/{id} */
export const getSubscription: Endpoint = endpoint({
  action: "Microsoft.Resources/subscriptions/read",
  access: "viewer",
  summary: "Reads the local subscription.",
  output: subscriptionResource,
  async handle() {
    return { body: SUBSCRIPTION };
  },
});

/** GET /subscriptions/{id}/resourceGroups */
export const listResourceGroups: Endpoint = endpoint({
  action: "Microsoft.Resources/subscriptions/resourceGroups/read",
  access: "viewer",
  summary: "Lists the local resource group.",
  output: listOf(resourceGroupResource),
  async handle() {
    return { body: { value: [RESOURCE_GROUP] } };
  },
});

/** GET /subscriptions/{id}/resourceGroups/{name} */
export const getResourceGroup: Endpoint = endpoint({
  action: "Microsoft.Resources/subscriptions/resourceGroups/read",
  access: "viewer",
  summary: "Reads the local resource group.",
  output: resourceGroupResource,
  async handle() {
    return { body: RESOURCE_GROUP };
  },
});
