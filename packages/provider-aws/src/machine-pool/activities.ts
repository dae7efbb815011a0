import type { Activity } from '@aws-sdk/client-auto-scaling'
import type { ErrorCode, Problem } from '@machinepool/contract'

import { awsErrorCodes } from '../aws/errors.ts'

/**
 * What recent scaling activities complain about: the newest failure of each zone and cause since the last success.
 *
 * AWS gives the cause of a failed launch as text only, in which the EC2 code stands or does not; the code is looked
 * for as a word, and text without one is passed on as it is.
 */
export function launchProblems(activities: readonly Activity[]): readonly Problem[] {
  const problems = new Map<string, Problem>()
  for (const activity of activities) {
    if (isTermination(activity)) continue
    if (activity.StatusCode === 'Successful') break
    if (activity.StatusCode !== 'Failed' && activity.StatusCode !== 'Cancelled') continue
    const problem = problemOf(activity)
    const key = `${problem.reason}/${problem.zone ?? ''}`
    if (!problems.has(key)) problems.set(key, problem)
  }
  return [...problems.values()]
}

/** AWS tells launches and terminations apart in the description alone; a termination says nothing about launches. */
function isTermination({ Description }: Activity): boolean {
  return Description?.startsWith('Terminating') === true
}

function problemOf(activity: Activity): Problem {
  const message = activity.StatusMessage ?? activity.Description ?? 'The launch failed.'
  const zone = zoneOf(activity.Details)
  return {
    ...causeOf(message),
    message,
    ...(zone === undefined ? {} : { zone }),
    ...(activity.StartTime === undefined ? {} : { since: activity.StartTime.getTime() }),
  }
}

/** Phrases of AWS's own documentation of launch failures, for messages that carry no code. */
// https://docs.aws.amazon.com/autoscaling/ec2/userguide/CHAP_Troubleshooting.html
const phrases: readonly (readonly [RegExp, ErrorCode, string])[] = [
  [/do not have sufficient .* capacity|insufficient capacity/i, 'InsufficientCapacity', 'InsufficientInstanceCapacity'],
  [/no Spot capacity available/i, 'InsufficientCapacity', 'InsufficientInstanceCapacity'],
  [/more vCPU capacity than your current vCPU limit/i, 'QuotaExceeded', 'VcpuLimitExceeded'],
  [/requested more instances .* than your current instance limit/i, 'QuotaExceeded', 'InstanceLimitExceeded'],
  [/spot instance count exceeded/i, 'QuotaExceeded', 'MaxSpotInstanceCountExceeded'],
  [
    /not enough free addresses|insufficient free addresses/i,
    'InsufficientCapacity',
    'InsufficientFreeAddressesInSubnet',
  ],
  [/AMI .* (is not available|does not exist)|image id .* does not exist/i, 'InvalidSpec', 'ImageNotFound'],
  [/key pair .* does not exist/i, 'InvalidSpec', 'KeyPairNotFound'],
  [/security group .* does not exist/i, 'InvalidSpec', 'SecurityGroupNotFound'],
  [/subnet .* does not exist/i, 'InvalidSpec', 'SubnetNotFound'],
  // Client.InternalError of a launch is about a key of an encrypted volume that Auto Scaling may not use.
  [/InvalidKMSKey|Client\.InternalError/, 'InvalidSpec', 'KmsKeyUnusable'],
  [/not supported in your requested Availability Zone/i, 'InvalidSpec', 'InstanceTypeNotInZone'],
  [/launch template .* does not exist/i, 'NotFound', 'LaunchTemplateNotFound'],
  [/not authorized|unauthorized/i, 'PermissionDenied', 'LaunchNotAuthorized'],
]

function causeOf(message: string): Pick<Problem, 'code' | 'reason'> {
  for (const [word] of message.matchAll(/[A-Z][A-Za-z]+(?:\.[A-Z][A-Za-z]+)*/g)) {
    const row = awsErrorCodes[word]
    if (row === undefined) continue
    return typeof row === 'string'
      ? { code: row, reason: word.replaceAll('.', '') }
      : { code: row.code, reason: row.reason ?? word }
  }
  const found = phrases.find(([pattern]) => pattern.test(message))
  return found === undefined ? { code: 'Internal', reason: 'LaunchFailed' } : { code: found[1], reason: found[2] }
}

/** `Details` is JSON such as `{"Subnet ID":"subnet-1","Availability Zone":"us-east-1a"}`. */
function zoneOf(details: string | undefined): string | undefined {
  if (details === undefined) return undefined
  try {
    const parsed: unknown = JSON.parse(details)
    const zone =
      typeof parsed === 'object' && parsed !== null
        ? (parsed as Record<string, unknown>)['Availability Zone']
        : undefined
    return typeof zone === 'string' ? zone : undefined
  } catch {
    return undefined
  }
}
