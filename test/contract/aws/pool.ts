import { Sensitive, type BootstrapData, type Desired, type Io, type PoolRef } from '@machinepool/contract'
import type { AWSMachinePoolSpec } from '@machinepool/provider-aws'
import type { Resolved } from '@machinepool/contract'
import { createHash } from 'node:crypto'

export const baseSpec: AWSMachinePoolSpec = {
  minSize: 0,
  maxSize: 10,
  subnets: [{ id: 'subnet-1' }],
  awsLaunchTemplate: { instanceType: 'm5.large', ami: { id: 'ami-1' }, sshKeyName: 'ops' },
}

export function poolOf(
  spec: Partial<AWSMachinePoolSpec> = {},
  changes: Partial<PoolRef<AWSMachinePoolSpec>> = {},
): PoolRef<AWSMachinePoolSpec> {
  return {
    key: { namespace: 'default', name: 'np' },
    cluster: { namespace: 'default', name: 'prod' },
    managementId: 'm1',
    spec: { region: 'us-east-1', ...baseSpec, ...spec },
    annotations: {},
    replicas: 2,
    version: 'v1.34.1',
    failureDomains: [],
    recorded: {},
    adopt: false,
    externallyScaled: false,
    operations: [],
    ...changes,
  }
}

export function bootstrapOf(data = '#cloud-config\n', secretName = 'default/np-bootstrap'): BootstrapData {
  return {
    secretName,
    format: 'cloud-config',
    data: new Sensitive(data),
    contentHash: createHash('sha256').update(data).digest('hex'),
  }
}

export function desiredOf(
  pool: PoolRef<AWSMachinePoolSpec>,
  resolved: Resolved,
  revision: string,
  wish: Partial<Desired<AWSMachinePoolSpec>> = {},
): Desired<AWSMachinePoolSpec> {
  return {
    pool,
    resolved,
    presence: 'present',
    size: 2,
    revision,
    template: 'apply',
    bootstrap: bootstrapOf(),
    remove: [],
    release: [],
    extend: [],
    hold: true,
    rollout: 'leave',
    stamp: false,
    ...wish,
  }
}

const silent = (): void => undefined

/** Real time: these tests wait for nothing but the loopback. */
export function ioOf(changes: Partial<Io> = {}): Io {
  return {
    clock: {
      now: () => Date.now(),
      after(ms, callback) {
        const timer = setTimeout(callback, ms)
        return () => clearTimeout(timer)
      },
    },
    log: { debug: silent, info: silent, warn: silent, error: silent },
    signal: new AbortController().signal,
    maxAgeMs: 0,
    ...changes,
  }
}
