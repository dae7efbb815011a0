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
    setup(manager, { featureGates, switches }) {
      const workloadClusters = createWorkloadClusters({ manager, environment })
      if (featureGates['MachinePool']) createMachinePoolController(manager, { workloadClusters })
      if (featureGates['MachinePool'] && switches['machine-controller']) {
        createMachineController(manager, { workloadClusters })
      }
      if (featureGates['KubeadmBootstrap']) createKubeadmConfigController(manager, { workloadClusters })
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
