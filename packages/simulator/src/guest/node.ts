import type { Node } from '@machinepool/kube'

import type { JoinConfiguration } from './kubeadm.ts'
import type { Machine } from './machine.ts'

/** The Node that a machine's kubelet registers. `now` in milliseconds since the epoch. */
export function toNode(machine: Machine, join: JoinConfiguration | undefined, now: number): Node {
  const { kubeletArguments = {} } = join ?? {}
  const name = join?.name ?? kubeletArguments['hostname-override'] ?? machine.hostname
  const taints = [...(join?.taints ?? []), ...parseTaints(kubeletArguments['register-with-taints'])]
  const resources = {
    cpu: String(machine.vcpus),
    memory: `${machine.memoryMiB}Mi`,
    pods: '110',
    'ephemeral-storage': '20Gi',
  }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': machine.architecture,
        'beta.kubernetes.io/os': 'linux',
        'beta.kubernetes.io/arch': machine.architecture,
        'node.kubernetes.io/instance-type': machine.instanceType,
        'beta.kubernetes.io/instance-type': machine.instanceType,
        'topology.kubernetes.io/zone': machine.zone,
        'topology.kubernetes.io/region': machine.region,
        ...parseLabels(kubeletArguments['node-labels']),
      },
    },
    spec: { providerID: machine.providerID, ...(taints.length > 0 && { taints }) },
    status: {
      addresses: [
        { type: 'InternalIP', address: machine.internalIP },
        ...(machine.externalIP === undefined ? [] : [{ type: 'ExternalIP', address: machine.externalIP }]),
        { type: 'Hostname', address: machine.hostname },
        { type: 'InternalDNS', address: machine.hostname },
      ],
      capacity: resources,
      allocatable: resources,
      conditions: conditions('True', 'KubeletReady', 'kubelet is posting ready status', now),
      nodeInfo: {
        machineID: machine.providerID.split('/').at(-1)!,
        systemUUID: machine.providerID.split('/').at(-1)!,
        bootID: machine.providerID.split('/').at(-1)!,
        kernelVersion: '6.8.0-simulated',
        osImage: 'Simulated Linux',
        containerRuntimeVersion: 'containerd://2.0.0',
        kubeletVersion: machine.kubeletVersion,
        kubeProxyVersion: machine.kubeletVersion,
        operatingSystem: 'linux',
        architecture: machine.architecture,
      },
    },
  }
}

type Conditions = NonNullable<NonNullable<Node['status']>['conditions']>

/** The kubelet's conditions; `Unknown` is what the node lifecycle controller writes when it hears nothing more. */
export function conditions(ready: 'True' | 'Unknown', reason: string, message: string, now: number): Conditions {
  const time = new Date(now).toISOString().replace(/\.\d+Z$/, 'Z')
  const condition = (type: string, status: string, why: string, text: string) => ({
    type,
    status,
    reason: why,
    message: text,
    lastHeartbeatTime: time,
    lastTransitionTime: time,
  })
  if (ready === 'Unknown') return [condition('Ready', 'Unknown', reason, message)]
  return [
    condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
    condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    condition('Ready', 'True', reason, message),
  ]
}

/** `--node-labels=a=b,c=d`. */
function parseLabels(text = ''): Record<string, string> {
  return Object.fromEntries(
    text
      .split(',')
      .filter((label) => label.trim() !== '')
      .map((label) => {
        const [key = '', value = ''] = label.trim().split('=', 2)
        return [key, value]
      }),
  )
}

/** `--register-with-taints=key=value:Effect,key:Effect`. */
function parseTaints(text = ''): { key: string; value?: string; effect: string }[] {
  return text
    .split(',')
    .filter((taint) => taint.trim() !== '')
    .map((taint) => {
      const [, key = '', value, effect = ''] = /^([^=:]+)(?:=([^:]*))?:(\w+)$/.exec(taint.trim()) ?? []
      return { key, ...(value && { value }), effect }
    })
}
