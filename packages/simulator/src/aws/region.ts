import type { Clock } from '@machinepool/kube'
import type { Ids } from '../ids.ts'
import type { AutoScaling } from './services/autoscaling/state.ts'
import type { Ec2 } from './services/ec2/state.ts'
import type { SsmParameters } from './services/ssm/parameters.ts'
import type { Table } from '../table.ts'
import type { Timings } from './timings.ts'

/** One region of one account: what its services share. */
export interface Region {
  readonly name: string
  readonly account: string
  readonly clock: Clock
  readonly ids: Ids
  readonly timings: Timings
  readonly ec2: Ec2
  readonly autoscaling: AutoScaling
  readonly ssm: SsmParameters
  /** Objects by `bucket/key`. */
  readonly s3: Table<{ readonly name: string; readonly body: string }>
}
