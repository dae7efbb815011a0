import {
  GlobalOperationsClient,
  InstanceGroupManagersClient,
  InstancesClient,
  InstanceTemplatesClient,
  RegionInstanceGroupManagersClient,
  RegionOperationsClient,
  ZoneOperationsClient,
} from '@google-cloud/compute'
import type { AuthClient } from 'google-auth-library'

/** The clients of @google-cloud/compute, for an endpoint on the loopback interface. */
export function createGcpClients(url: string, projectId: string, authClient: AuthClient) {
  const { hostname, port } = new URL(url)
  // The port in `apiEndpoint` would be lost, and `protocol` is in no published type.
  const options = { apiEndpoint: hostname, port: Number(port), protocol: 'http', authClient, projectId }
  const clients = {
    templates: new InstanceTemplatesClient(options),
    groups: new InstanceGroupManagersClient(options),
    regionGroups: new RegionInstanceGroupManagersClient(options),
    instances: new InstancesClient(options),
    globalOperations: new GlobalOperationsClient(options),
    zoneOperations: new ZoneOperationsClient(options),
    regionOperations: new RegionOperationsClient(options),
  }
  return {
    ...clients,
    async close() {
      await Promise.all(Object.values(clients).map((client) => client.close()))
    },
  }
}
