import { createGcpProvider, gcpKinds, gcpPermissions } from '@machinepool/provider-gcp'
import { createGcpSimulator, type GcpSimulator, type GcpSimulatorOptions } from '@machinepool/simulator'

import { gcpInfrastructure } from '../cluster/gcp-infrastructure.ts'
import { flagList, flagText, type Cloud } from './cloud.ts'

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
  simulatedInfrastructure: gcpInfrastructure({
    project,
    region,
    network: 'default',
    zones: ['a', 'b', 'c'].map((zone) => `${region}-${zone}`),
  }),
  existing: {
    flags: [
      { flags: '--project <id>', description: 'project' },
      { flags: '--network <name>', description: 'VPC network; default' },
      { flags: '--zone <zone>', description: 'a zone for nodes', repeated: true },
    ],
    infrastructure(existingRegion, values) {
      const existingProject = flagText(values, 'project')
      if (existingProject === undefined) throw new RangeError('--infrastructure gcp needs --project')
      return gcpInfrastructure({
        project: existingProject,
        region: existingRegion,
        network: flagText(values, 'network') ?? 'default',
        zones: flagList(values, 'zone'),
      })
    },
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
