import { admit, convert, fieldErrorText, invalidMessage } from '@machinepool/api'
import { createKubeadmConfigController } from '@machinepool/bootstrap-kubeadm'
import { createMachinePoolController } from '@machinepool/core'
import { createWorkloadClusters, serveKindRules, type ManagerProgram } from '@machinepool/runtime'

/** The MachinePool controller and the kubeadm bootstrap provider, in upstream core's place for machine pools. */
export function coreManager(environment: Readonly<Record<string, string | undefined>>): ManagerProgram {
  return {
    name: 'core-manager',
    leaseName: 'core-manager.machinepool.dev',
    featureGates: { MachinePool: true, KubeadmBootstrap: true },
    setup(manager, { featureGates, watchFilter }) {
      const workloadClusters = createWorkloadClusters({ manager, environment })
      const filter = watchFilter === undefined ? {} : { watchFilter }
      if (featureGates['MachinePool']) createMachinePoolController(manager, { workloadClusters, ...filter })
      if (featureGates['KubeadmBootstrap']) createKubeadmConfigController(manager, { workloadClusters })
    },
    webhooks(server) {
      serveKindRules(server, {
        admit: (request) => admit(request),
        convert: (object, apiVersion) => convert(object, apiVersion),
        explain: invalidMessage,
        explainField: fieldErrorText,
      })
    },
  }
}
