import type { Client } from '@machinepool/kube'

import type { TemplateData } from './file-template.ts'

/** The version that the API server of the workload cluster says it has, without a vendor's suffix. */
export async function readControlPlaneVersion(workload: Client, signal: AbortSignal): Promise<TemplateData> {
  const { gitVersion } = (await workload.request('GET', '/version', undefined, { signal })) as { gitVersion?: string }
  const [version] = /^v\d+\.\d+\.\d+/.exec(gitVersion ?? '') ?? []
  return version === undefined ? {} : { controlPlane: { version } }
}
