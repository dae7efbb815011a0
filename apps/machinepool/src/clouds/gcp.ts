import { createGcpProvider, gcpKinds, gcpPermissions } from '@machinepool/provider-gcp'
import { createGcpSimulator, type GcpSimulator, type GcpSimulatorOptions } from '@machinepool/simulator'

import type { Cloud } from './cloud.ts'

const project = 'simulated-project'
const region = 'us-central1'

export const gcp: Cloud<GcpSimulator> = {
  name: 'gcp',
  title: 'Google Cloud',
  kinds: gcpKinds,
  // One version each, and everything that can be wrong is a rule of the CRD.
  hooks: {
    admit: ({ object }) => ({ object, warnings: [] }),
    convert: (object, apiVersion) => ({ ...object, apiVersion }),
  },
  simulate({ workload, stateFile, bootMs, settings }) {
    const { timings, ...others } = (settings ?? {}) as Partial<GcpSimulatorOptions>
    return createGcpSimulator({
      ...others,
      project,
      timings: { ...timings, ...(bootMs !== undefined && { boot: bootMs }) },
      machines: { workload },
      ...(stateFile !== undefined && { stateFile }),
    })
  },
  simulatedInfrastructure: {
    apiVersion: 'infrastructure.cluster.x-k8s.io/v1beta1',
    kind: 'GCPCluster',
    spec: { project, region, network: { name: 'default' } },
    status: { ready: true, failureDomains: { [`${region}-a`]: {}, [`${region}-b`]: {}, [`${region}-c`]: {} } },
  },
  simulatedVariables: {
    GCP_PROJECT: project,
    GCP_REGION: region,
    GCP_ZONE: `${region}-a`,
    GCP_NODE_MACHINE_TYPE: 'n2-standard-2',
    GCP_SUBNETWORK: 'default',
  },
  createProvider({ env, simulator }) {
    if (simulator) {
      return createGcpProvider({ project, region, endpoint: simulator.url, authorization: anonymous })
    }
    const ownProject = env['GOOGLE_CLOUD_PROJECT'] || env['CLOUDSDK_CORE_PROJECT']
    const ownRegion = env['CLOUDSDK_COMPUTE_REGION']
    const endpoint = env['CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE']
    return createGcpProvider({
      ...(ownProject && { project: ownProject }),
      ...(ownRegion && { region: ownRegion }),
      ...(endpoint && { endpoint }),
    })
  },
  lookInto: (url) =>
    `CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE=${url}/compute/v1/ CLOUDSDK_AUTH_ACCESS_TOKEN=any ` +
    `gcloud compute instance-groups managed list --project ${project}`,
  permissions: () => gcpPermissions(),
}

/** The simulated cloud asks nobody who they are. */
const anonymous = { getRequestHeaders: async () => new Headers() }
