import type { PoolRef, Problem } from '@machinepool/contract'
import { textAt } from '@machinepool/provider-kit'

import type { AwsSession } from '../aws/session.ts'
import type { AWSMachinePoolSpec } from '../kinds/aws-machine-pool-schema.ts'
import { networkOwner } from '../machine-pool/tags.ts'
import type { Lookups } from './lookups.ts'

export interface SecurityGroupAnswer {
  readonly securityGroupIds: readonly string[]
  readonly problems: readonly Problem[]
}

/** The cluster's own groups for nodes, from the status of its network, and those of the spec. */
export async function resolveSecurityGroups(
  pool: PoolRef<AWSMachinePoolSpec>,
  session: AwsSession,
  lookups: Lookups,
  signal: AbortSignal,
): Promise<SecurityGroupAnswer> {
  const owner = networkOwner(pool)
  const roles = owner !== undefined && owner === pool.cluster.controlPlane ? eksRoles : ec2Roles
  const ids = new Set(
    roles.flatMap((role) => textAt(owner, 'status', 'networkStatus', 'securityGroups', role, 'id') ?? []),
  )
  const problems: Problem[] = []
  for (const [index, { id, filters }] of (pool.spec.awsLaunchTemplate.additionalSecurityGroups ?? []).entries()) {
    if (id) ids.add(id)
    if (!filters?.length) continue
    const found = await lookups.securityGroups(session, filters, signal)
    for (const group of found) ids.add(group)
    if (found.length > 0) continue
    problems.push({
      code: 'NotFound',
      reason: 'SecurityGroupNotFound',
      message: `No security group matches the filters of spec.awsLaunchTemplate.additionalSecurityGroups[${index}].`,
    })
  }
  return { securityGroupIds: [...ids].toSorted(), problems }
}

/** Roles of upstream's security groups that nodes are in. */
const ec2Roles = ['node', 'lb'] as const
const eksRoles = ['node', 'node-eks-additional'] as const
