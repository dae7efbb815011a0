import type { InstanceDetails } from '../machine-pool/group-view.ts'
import { lastPart } from '../machine-pool/names.ts'
import { pages } from './pages.ts'
import type { GcpProject } from './project.ts'
import type { Instance } from './resources.ts'

const listedFields =
  'items/*/instances(id,creationTimestamp,machineType,networkInterfaces(networkIP,accessConfigs/natIP)),nextPageToken'

/**
 * What listManagedInstances does not tell, by numeric id. Asked only when instances have come up that are not known yet,
 * because none of it changes in an instance's life.
 */
export async function readInstanceDetails(
  project: GcpProject,
  baseInstanceName: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, InstanceDetails>> {
  const details = new Map<string, InstanceDetails>()
  // The group names its instances after its base name: a dash and four characters.
  const query = { filter: `name eq "${baseInstanceName}-[a-z0-9]*"`, fields: listedFields }
  for await (const { items = {} } of pages(project, 'instances.aggregatedList', { query }, signal)) {
    for (const { instances = [] } of Object.values(items)) {
      for (const instance of instances) details.set(instance.id ?? '', detailsOf(instance))
    }
  }
  return details
}

function detailsOf({ creationTimestamp, machineType, networkInterfaces = [] }: Instance): InstanceDetails {
  const created = Date.parse(creationTimestamp ?? '')
  return {
    ...(Number.isNaN(created) ? {} : { createdAt: created }),
    ...(machineType === undefined ? {} : { machineType: lastPart(machineType) }),
    addresses: networkInterfaces.flatMap(({ networkIP, accessConfigs = [] }) => [
      ...(networkIP === undefined ? [] : [{ type: 'InternalIP' as const, address: networkIP }]),
      ...accessConfigs.flatMap(({ natIP }) =>
        natIP === undefined ? [] : [{ type: 'ExternalIP' as const, address: natIP }],
      ),
    ]),
  }
}
