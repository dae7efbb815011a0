import { admit, convert, fieldErrorText, invalidMessage } from '@machinepool/api'
import { createKubeadmConfigController } from '@machinepool/bootstrap-kubeadm'
import { createMachineController, createMachinePoolController } from '@machinepool/core'
import { createWorkloadClusters, serveKindRules, type ManagerProgram } from '@machinepool/runtime'

/** The MachinePool controller and the kubeadm bootstrap provider, in upstream core's place for machine pools. */
export function coreManager(environment: Readonly<Record<string, string | undefined>>): ManagerProgram {
  return {
    name: 'core-manager',
    leaseName: 'core-manager.machinepool.dev',
    // The variable by which clusterctl's users turn it off.
    featureGates: { MachinePool: environment['EXP_MACHINE_POOL'] !== 'false', KubeadmBootstrap: true },
    switches: {
      'machine-controller':
        "reconcile Machines of MachinePools too; only where upstream's Machine controller does not run",
    },
    numbers: {
      'machinepool-concurrency': { kind: 'integer', help: 'MachinePools worked on at the same time', default: '50' },
      'machine-concurrency': { kind: 'integer', help: 'Machines worked on at the same time', default: '20' },
      'kubeadmconfig-concurrency': {
        kind: 'integer',
        help: 'KubeadmConfigs worked on at the same time',
        default: '50',
      },
      'bootstrap-token-ttl': { kind: 'duration', help: 'how long a join token lives', default: '15m' },
    },
    webhookPort: 9443,
    setup(manager, { featureGates, switches, numbers }) {
      const workloadClusters = createWorkloadClusters({ manager, environment })
      const concurrency = (kind: string) => numbers[`${kind}-concurrency`] ?? 10
      if (featureGates['MachinePool']) {
        createMachinePoolController(manager, { workloadClusters, concurrency: concurrency('machinepool') })
      }
      if (featureGates['MachinePool'] && switches['machine-controller']) {
        createMachineController(manager, { workloadClusters, concurrency: concurrency('machine') })
      }
      if (featureGates['KubeadmBootstrap']) {
        createKubeadmConfigController(manager, {
          workloadClusters,
          concurrency: concurrency('kubeadmconfig'),
          tokenTtlMs: numbers['bootstrap-token-ttl'] ?? 0,
        })
      }
    },
    webhooks(server, { featureGates }) {
      const gates = { MachinePool: featureGates['MachinePool'] ?? true }
      serveKindRules(server, {
        admit: (request) => admit(request, gates),
        convert: (object, apiVersion) => convert(object, apiVersion),
        explain: invalidMessage,
        explainField: fieldErrorText,
      })
    },
  }
}
