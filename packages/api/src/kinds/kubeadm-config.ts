import type { Static } from 'typebox'

import { defineKind, type ObjectOf, type PrinterColumn } from '../toolkit/kind.ts'
import * as s from '../toolkit/schema.ts'
import { conditions, v1beta1Conditions } from '../toolkit/shapes.ts'
import { bootstrapGroup, coreContractLabels } from './group.ts'
import {
  clusterConfigurationV1Beta1,
  clusterConfigurationV1Beta2,
  initConfigurationV1Beta1,
  initConfigurationV1Beta2,
} from './kubeadm/control-plane.ts'
import { diskSetupV1Beta1, diskSetupV1Beta2, file, formatRules, machineSetup } from './kubeadm/machine-setup.ts'
import { joinConfigurationV1Beta1, joinConfigurationV1Beta2 } from './kubeadm/node-registration.ts'
import { v1beta1Style, v1beta2Style, word } from './kubeadm/style.ts'

const kubeadmConfigSpecV1Beta2 = s.object(
  'What the bootstrap data contains.',
  {
    clusterConfiguration: s.optional(clusterConfigurationV1Beta2()),
    initConfiguration: s.optional(initConfigurationV1Beta2()),
    joinConfiguration: s.optional(joinConfigurationV1Beta2()),
    diskSetup: s.optional(diskSetupV1Beta2(v1beta2Style)),
    mounts: s.optional(
      s.atomicList(
        'Mounts, each with the fields of an fstab line.',
        s.list('One mount.', word('One field.', 512), { minItems: 1, maxItems: 100 }),
        { minItems: 1, maxItems: 100 },
      ),
    ),
    ...machineSetup(v1beta2Style),
  },
  { minProperties: 1, rules: formatRules },
)

const kubeadmConfigStatusV1Beta2 = s.object(
  'Observed state.',
  {
    conditions: s.optional(conditions()),
    initialization: s.optional(
      s.object(
        'What has been done at least once.',
        { dataSecretCreated: s.optional(s.boolean('The bootstrap data Secret was made.')) },
        { minProperties: 1 },
      ),
    ),
    dataSecretName: s.optional(word('Secret with the bootstrap data.', 253)),
    observedGeneration: s.optional(s.int64('metadata.generation that the controller has last seen.', { minimum: 1 })),
    deprecated: s.optional(
      s.object('Fields that go when API version v1beta1 goes.', {
        v1beta1: s.optional(
          s.object('Status with the meaning it had in API version v1beta1.', {
            conditions: s.optional(v1beta1Conditions()),
            failureReason: s.optional(word('Why it failed for good, in one word.', 256)),
            failureMessage: s.optional(word('The same for people.', 10240)),
          }),
        ),
      }),
    ),
  },
  { minProperties: 1 },
)

const kubeadmConfigV1Beta2 = s.object('Bootstrap data for machines that join with kubeadm.', {
  spec: s.optional(kubeadmConfigSpecV1Beta2),
  status: s.optional(kubeadmConfigStatusV1Beta2),
})

const kubeadmConfigV1Beta1 = s.object('Bootstrap data for machines that join with kubeadm (deprecated version).', {
  spec: s.optional(
    s.object(
      'What the bootstrap data contains.',
      {
        clusterConfiguration: s.optional(clusterConfigurationV1Beta1()),
        initConfiguration: s.optional(initConfigurationV1Beta1()),
        joinConfiguration: s.optional(joinConfigurationV1Beta1()),
        diskSetup: s.optional(diskSetupV1Beta1(v1beta1Style)),
        mounts: s.optional(
          s.list('Mounts, each with the fields of an fstab line.', s.list('One mount.', word('One field.', 512)), {
            maxItems: 100,
          }),
        ),
        useExperimentalRetryJoin: s.optional(s.boolean('Has no effect any more.')),
        ...machineSetup(v1beta1Style),
      },
      { rules: formatRules },
    ),
  ),
  status: s.optional(
    s.object('Observed state.', {
      ready: s.optional(s.boolean('The bootstrap data Secret was made.')),
      dataSecretName: s.optional(word('Secret with the bootstrap data.', 253)),
      failureReason: s.optional(word('Why it failed for good, in one word.', 256)),
      failureMessage: s.optional(word('The same for people.', 10240)),
      observedGeneration: s.optional(s.int64('metadata.generation that the controller has last seen.')),
      conditions: s.optional(v1beta1Conditions()),
      v1beta2: s.optional(s.object('Status as API version v1beta2 has it.', { conditions: s.optional(conditions()) })),
    }),
  ),
})

const clusterColumn: PrinterColumn = {
  name: 'Cluster',
  type: 'string',
  jsonPath: ".metadata.labels['cluster\\.x-k8s\\.io/cluster-name']",
  description: 'Cluster of the configuration',
}
const ageColumn: PrinterColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Time since creation',
}

export const kubeadmConfigKind = defineKind({
  group: bootstrapGroup,
  kind: 'KubeadmConfig',
  categories: ['cluster-api'],
  labels: coreContractLabels,
  versions: {
    v1beta1: {
      schema: kubeadmConfigV1Beta1,
      deprecated: true,
      subresources: { status: true },
      printerColumns: [clusterColumn, ageColumn],
    },
    v1beta2: {
      schema: kubeadmConfigV1Beta2,
      storage: true,
      subresources: { status: true },
      printerColumns: [
        clusterColumn,
        {
          name: 'Paused',
          type: 'string',
          jsonPath: '.status.conditions[?(@.type=="Paused")].status',
          description: 'Whether reconciliation is paused',
          priority: 10,
        },
        {
          name: 'Data secret created',
          type: 'string',
          jsonPath: '.status.initialization.dataSecretCreated',
          description: 'Whether the bootstrap data Secret was made',
        },
        ageColumn,
      ],
    },
  },
})

export type KubeadmConfig = ObjectOf<typeof kubeadmConfigV1Beta2>
export type KubeadmConfigSpec = Static<typeof kubeadmConfigSpecV1Beta2>
export type KubeadmConfigStatus = Static<typeof kubeadmConfigStatusV1Beta2>
export type KubeadmConfigFile = Static<ReturnType<typeof file>>
/** A KubeadmConfig as clients of API version v1beta1 see it. */
export type KubeadmConfigV1Beta1 = ObjectOf<typeof kubeadmConfigV1Beta1>
