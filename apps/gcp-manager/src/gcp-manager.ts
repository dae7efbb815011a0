import { createInfraMachinePoolController } from '@machinepool/core'
import { createGcpProvider, type GcpProviderOptions } from '@machinepool/provider-gcp'
import { createWorkloadClusters, managementIdOf, type ManagerProgram } from '@machinepool/runtime'

type Environment = Readonly<Record<string, string | undefined>>

/** GCPMachinePool under our core or upstream's. Credentials are application default ones, or those of a GCPCluster. */
export function gcpManager(environment: Environment): ManagerProgram {
  return {
    name: 'gcp-manager',
    leaseName: 'gcp-manager.machinepool.dev',
    featureGates: { MachinePool: true },
    numbers: {
      'gcpmachinepool-concurrency': {
        kind: 'integer',
        help: 'GCPMachinePools worked on at the same time',
        default: '20',
        // Upstream's GCPMachinePools go by it.
        alias: 'gcpmachine-concurrency',
      },
    },
    async setup(manager, { featureGates, numbers, watchFilter }) {
      if (featureGates['MachinePool'] === false) {
        manager.log.warn('the feature gate MachinePool is off: no GCPMachinePool is reconciled')
        return
      }
      const gcp = createGcpProvider(gcpOptions(environment))
      createInfraMachinePoolController(manager, {
        provider: gcp.machinePool,
        workloadClusters: createWorkloadClusters({ manager, environment }),
        managementId: await managementIdOf(manager.client),
        concurrency: numbers['gcpmachinepool-concurrency'] ?? 20,
        ...(watchFilter !== undefined && { watchFilter }),
      })
      manager.addRunnable({
        name: 'gcp-provider',
        async run(signal) {
          await new Promise<void>((resolve) => {
            if (signal.aborted) resolve()
            else signal.addEventListener('abort', () => resolve(), { once: true })
          })
          await gcp.close()
        },
      })
    },
  }
}

/** The variables that gcloud and Google's client libraries know. */
function gcpOptions(environment: Environment): GcpProviderOptions {
  const project = environment['GOOGLE_CLOUD_PROJECT'] ?? environment['CLOUDSDK_CORE_PROJECT']
  const region = environment['CLOUDSDK_COMPUTE_REGION']
  const endpoint = environment['CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE']
  const impersonate = environment['CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT']
  const token = environment['CLOUDSDK_AUTH_ACCESS_TOKEN']
  return {
    ...(project !== undefined && { project }),
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    ...(impersonate !== undefined && { impersonate }),
    ...(token !== undefined && { authorization: bearer(token) }),
  }
}

function bearer(token: string): NonNullable<GcpProviderOptions['authorization']> {
  return { getRequestHeaders: () => Promise.resolve(new Headers({ authorization: `Bearer ${token}` })) }
}
