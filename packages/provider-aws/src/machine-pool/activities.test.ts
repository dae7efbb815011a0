import type { Activity } from '@aws-sdk/client-auto-scaling'
import { expect, test } from 'vitest'

import { launchProblems } from './activities.ts'

function activity(Description: string, StatusCode: Activity['StatusCode'], changes: Partial<Activity> = {}): Activity {
  return {
    ActivityId: 'a',
    AutoScalingGroupName: 'np',
    Cause: '',
    StartTime: new Date(0),
    Description,
    StatusCode,
    ...changes,
  }
}

const noCapacity = activity('Launching a new EC2 instance.  Status Reason: none', 'Failed', {
  StatusMessage:
    'We currently do not have sufficient m5.large capacity in the Availability Zone you requested (us-east-1a).',
  Details: '{"Subnet ID":"subnet-1","Availability Zone":"us-east-1a"}',
})
const shortage = { code: 'InsufficientCapacity', reason: 'InsufficientInstanceCapacity', zone: 'us-east-1a' }

test('a launch that succeeded ends the story', () => {
  expect(launchProblems([activity('Launching a new EC2 instance: i-1', 'Successful'), noCapacity])).toEqual([])
})

test('a termination that succeeded hides no failed launch', () => {
  expect(launchProblems([activity('Terminating EC2 instance: i-1', 'Successful'), noCapacity])).toMatchObject([
    shortage,
  ])
})

test('the newest failure of each cause and zone is told once', () => {
  const other = { ...noCapacity, Details: '{"Availability Zone":"us-east-1b"}' }
  expect(launchProblems([noCapacity, noCapacity, other])).toMatchObject([shortage, { ...shortage, zone: 'us-east-1b' }])
})

test.each([
  [
    'You have requested more vCPU capacity than your current vCPU limit of 32 allows',
    'QuotaExceeded',
    'VcpuLimitExceeded',
  ],
  ['Your quota allows for 0 more running instance(s). VcpuLimitExceeded', 'QuotaExceeded', 'VcpuLimitExceeded'],
  ["The image id '[ami-1]' does not exist. Launching EC2 instance failed.", 'InvalidSpec', 'ImageNotFound'],
  ["AMI cannot be described. The image id '[ami-1]' does not exist", 'InvalidSpec', 'ImageNotFound'],
  ["The subnet ID 'subnet-1' does not exist. Launching EC2 instance failed.", 'InvalidSpec', 'SubnetNotFound'],
  ["The key pair 'ops' does not exist. Launching EC2 instance failed.", 'InvalidSpec', 'KeyPairNotFound'],
  [
    'Could not launch Spot Instances. UnfulfillableCapacity - Unable to fulfill capacity due to your request configuration.',
    'InsufficientCapacity',
    'UnfulfillableCapacity',
  ],
  [
    'Could not launch Spot Instances. MaxSpotInstanceCountExceeded - Max spot instance count exceeded. Launching EC2 instance failed.',
    'QuotaExceeded',
    'MaxSpotInstanceCountExceeded',
  ],
  [
    'There is no Spot capacity available that matches your request. Launching EC2 instance failed.',
    'InsufficientCapacity',
    'InsufficientInstanceCapacity',
  ],
  ['You are not authorized to use launch template: lt-1', 'PermissionDenied', 'LaunchNotAuthorized'],
  ['Client.InvalidKMSKey.InvalidState: The KMS key provided is in an incorrect state', 'InvalidSpec', 'KmsKeyUnusable'],
  ['Client.InternalError: Client error on launch', 'InvalidSpec', 'KmsKeyUnusable'],
  [
    'Your requested instance type (m5.large) is not supported in your requested Availability Zone (us-east-1e). Launching EC2 instance failed.',
    'InvalidSpec',
    'InstanceTypeNotInZone',
  ],
  ['Something new', 'Internal', 'LaunchFailed'],
])('%s', (StatusMessage, code, reason) => {
  expect(launchProblems([activity('Launching a new EC2 instance', 'Failed', { StatusMessage })])).toMatchObject([
    { code, reason },
  ])
})
