import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'

type ProcessField = keyof NonNullable<NonNullable<AWSMachinePoolSpec['suspendProcesses']>['processes']>

/** https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html */
const processNames: Readonly<Record<ProcessField, string>> = {
  launch: 'Launch',
  terminate: 'Terminate',
  addToLoadBalancer: 'AddToLoadBalancer',
  alarmNotification: 'AlarmNotification',
  azRebalance: 'AZRebalance',
  healthCheck: 'HealthCheck',
  instanceRefresh: 'InstanceRefresh',
  replaceUnhealthy: 'ReplaceUnhealthy',
  scheduledActions: 'ScheduledActions',
}

/** What the spec says of each process; a process that it does not name stays as it is. PURE. */
export function suspendedProcesses(spec: AWSMachinePoolSpec): {
  readonly suspended: ReadonlySet<string>
  /** Set to false by name. */
  readonly running: ReadonlySet<string>
} {
  const { all, processes } = spec.suspendProcesses ?? {}
  const suspended = new Set<string>()
  const running = new Set<string>()
  for (const [field, name] of Object.entries(processNames)) {
    const wish = processes?.[field as ProcessField] ?? (all === true ? true : undefined)
    if (wish === true) suspended.add(name)
    if (wish === false) running.add(name)
  }
  return { suspended, running }
}
