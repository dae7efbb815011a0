import { defineKind, infrastructureGroup, schema as s, type ObjectOf } from '@machinepool/api'

import {
  awsMachinePoolSpecV1Beta1,
  awsMachinePoolSpecV1Beta2,
  awsMachinePoolStatusV1Beta1,
  awsMachinePoolStatusV1Beta2,
} from './aws-machine-pool-schema.ts'
import { awsContractLabels } from './contract-labels.ts'

const printerColumns = [
  { name: 'Ready', type: 'string', jsonPath: '.status.ready', description: 'Whether the group exists' },
  { name: 'Replicas', type: 'integer', jsonPath: '.status.replicas', description: 'Instances in the group' },
  { name: 'MinSize', type: 'integer', jsonPath: '.spec.minSize', description: 'Smallest size' },
  { name: 'MaxSize', type: 'integer', jsonPath: '.spec.maxSize', description: 'Largest size' },
  {
    name: 'LaunchTemplate ID',
    type: 'string',
    jsonPath: '.status.launchTemplateID',
    description: 'Id of the launch template',
  },
] as const

const v1beta2 = s.object('A machine pool on an EC2 Auto Scaling group.', {
  spec: s.optional(awsMachinePoolSpecV1Beta2),
  status: s.optional(awsMachinePoolStatusV1Beta2),
})
const v1beta1 = s.object('A machine pool on an EC2 Auto Scaling group.', {
  spec: s.optional(awsMachinePoolSpecV1Beta1),
  status: s.optional(awsMachinePoolStatusV1Beta1),
})

export const awsMachinePoolKind = defineKind({
  group: infrastructureGroup,
  kind: 'AWSMachinePool',
  shortNames: ['awsmp'],
  categories: ['cluster-api'],
  labels: awsContractLabels,
  versions: {
    v1beta1: { schema: v1beta1, served: true, subresources: { status: true }, printerColumns },
    v1beta2: { schema: v1beta2, storage: true, subresources: { status: true }, printerColumns },
  },
})

export type AWSMachinePool = ObjectOf<typeof v1beta2>
export type AWSMachinePoolV1Beta1 = ObjectOf<typeof v1beta1>
