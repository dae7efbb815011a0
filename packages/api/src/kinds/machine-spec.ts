import * as s from '../toolkit/schema.ts'
import { contractVersionedObjectReference, objectReference, patterns, templateMetadata } from '../toolkit/shapes.ts'

// What a Machine and the template of a MachinePool, MachineSet or MachineDeployment have in common.

export const maxClusterName = { minLength: 1, maxLength: 63 } as const

/** A Kubernetes version, with or without the leading v: defaulting adds it. */
export const kubernetesVersionRule: s.ValidationRule = {
  rule: "self.matches('^v?(0|[1-9][0-9]*)[.](0|[1-9][0-9]*)[.](0|[1-9][0-9]*)(-[0-9A-Za-z-]+([.][0-9A-Za-z-]+)*)?([+][0-9A-Za-z-]+([.][0-9A-Za-z-]+)*)?$')",
  message: 'must be a semantic version such as v1.34.2',
}

export const immutableRule = (field: string): s.ValidationRule => ({
  rule: 'self == oldSelf',
  message: `${field} is immutable`,
})

const bootstrapRule: s.ValidationRule = {
  rule: 'has(self.configRef) || has(self.dataSecretName)',
  message: 'either configRef or dataSecretName must be set',
  reason: 'FieldValueRequired',
}

const noTaintsRule: s.ValidationRule = {
  rule: '!has(self.taints)',
  message: 'taints are not supported for a MachinePool; set them in the bootstrap or infrastructure object',
  reason: 'FieldValueForbidden',
  fieldPath: '.taints',
}

export interface MachineSpecOptions {
  /** The template of a pool: what only a pool forbids or requires is checked by CEL. */
  pool?: boolean
  rules?: readonly s.ValidationRule[]
}

const readinessGate = () =>
  s.object('One condition that must hold too.', {
    conditionType: s.text('Type of the condition on the Machine.', {
      minLength: 1,
      maxLength: 316,
      pattern: patterns.conditionType,
    }),
    polarity: s.optional(s.oneOf('Whether True (Positive) or False (Negative) is good.', ['Positive', 'Negative'])),
  })

const taints = () =>
  s.listMap(
    'Taints for the Node.',
    ['key', 'effect'],
    s.object('One taint.', {
      key: s.text('Key of the taint.', {
        minLength: 1,
        maxLength: 317,
        pattern:
          '^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/)?([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$',
      }),
      value: s.optional(
        s.text('Value of the taint.', {
          minLength: 1,
          maxLength: 63,
          pattern: '^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$',
        }),
      ),
      effect: s.oneOf('What the taint does to pods without a toleration.', [
        'NoSchedule',
        'PreferNoSchedule',
        'NoExecute',
      ]),
      propagation: s.oneOf('Whether the taint is kept on the Node or set only when it joins.', [
        'Always',
        'OnInitialization',
      ]),
    }),
    { minItems: 1, maxItems: 64 },
  )

const dataSecretName = () =>
  s.optional(
    s.text(
      'Secret with the bootstrap data under key `value`; filled in from the configuration object once it is made.',
      {
        minLength: 0,
        maxLength: 253,
      },
    ),
  )

const clusterName = (rules: readonly s.ValidationRule[] = []) =>
  s.text('Cluster, in the same namespace, that the Machine belongs to.', { ...maxClusterName, ...withRules(rules) })

const version = (pool: boolean) =>
  s.optional(
    s.text('Kubernetes version of the kubelet, e.g. v1.34.2.', {
      minLength: 1,
      maxLength: 256,
      ...withRules(pool ? [kubernetesVersionRule] : []),
    }),
  )
const providerID = () =>
  s.optional(s.text('Identifier of the instance, as the Node carries it.', { minLength: 1, maxLength: 512 }))
const failureDomain = () =>
  s.optional(s.text('Failure domain to place the Machine in.', { minLength: 1, maxLength: 256 }))

function withRules(rules: readonly s.ValidationRule[]): { rules?: readonly s.ValidationRule[] } {
  return rules.length === 0 ? {} : { rules }
}

export function machineSpecV1Beta2({ pool = false, rules = [] }: MachineSpecOptions = {}) {
  return s.object(
    'Wanted state of the Machine.',
    {
      clusterName: clusterName(pool ? [] : [immutableRule('clusterName')]),
      bootstrap: s.object(
        'Where the bootstrap data comes from: a configuration object or a Secret.',
        {
          configRef: s.optional(contractVersionedObjectReference('Bootstrap configuration object.')),
          dataSecretName: dataSecretName(),
        },
        withRules(pool ? [bootstrapRule] : []),
      ),
      infrastructureRef: contractVersionedObjectReference('Infrastructure object.'),
      version: version(pool),
      providerID: providerID(),
      failureDomain: failureDomain(),
      minReadySeconds: s.optional(
        s.int32('Seconds that a Node must be ready before it counts as available.', { minimum: 0 }),
      ),
      readinessGates: s.optional(
        s.listMap('Conditions that must hold too before a Machine is ready.', ['conditionType'], readinessGate(), {
          minItems: 1,
          maxItems: 32,
        }),
      ),
      deletion: s.optional(machineDeletion()),
      taints: s.optional(taints()),
    },
    withRules([...(pool ? [noTaintsRule] : []), ...rules]),
  )
}

/** How long each step of a Machine's deletion may take. */
export function machineDeletion() {
  return s.object(
    'How long each step of a deletion may take.',
    {
      nodeDrainTimeoutSeconds: s.optional(
        s.int32('Seconds for draining the Node; 0 or absent is without end.', { minimum: 0 }),
      ),
      nodeVolumeDetachTimeoutSeconds: s.optional(
        s.int32('Seconds to wait for volumes to be detached; 0 or absent is without end.', { minimum: 0 }),
      ),
      nodeDeletionTimeoutSeconds: s.optional(
        s.int32('Seconds for deleting the Node; 0 is without end, absent 10.', { minimum: 0 }),
      ),
    },
    { minProperties: 1 },
  )
}

export function machineSpecV1Beta1({ pool = false, rules = [] }: MachineSpecOptions = {}) {
  return s.object(
    'Wanted state of the Machine.',
    {
      clusterName: clusterName(pool ? [] : [immutableRule('clusterName')]),
      bootstrap: s.object(
        'Where the bootstrap data comes from: a configuration object or a Secret.',
        {
          configRef: s.optional(objectReference('Bootstrap configuration object.')),
          dataSecretName: dataSecretName(),
        },
        withRules(pool ? [bootstrapRule] : []),
      ),
      infrastructureRef: objectReference('Infrastructure object.'),
      version: version(pool),
      providerID: providerID(),
      failureDomain: failureDomain(),
      readinessGates: s.optional(
        s.listMap('Conditions that must hold too before a Machine is ready.', ['conditionType'], readinessGate(), {
          maxItems: 32,
        }),
      ),
      nodeDrainTimeout: s.optional(s.duration('Time for draining the Node; 0 or absent is without end.')),
      nodeVolumeDetachTimeout: s.optional(
        s.duration('Time to wait for volumes to be detached; 0 or absent is without end.'),
      ),
      nodeDeletionTimeout: s.optional(s.duration('Time for deleting the Node; 0 is without end, absent 10s.')),
      taints: s.optional(taints()),
    },
    withRules([...(pool ? [noTaintsRule] : []), ...rules]),
  )
}

export function machineTemplateV1Beta2(options: MachineSpecOptions = {}) {
  return s.object('What the Machines look like.', {
    metadata: s.optional(templateMetadata('Labels and annotations for the Machines.', { minProperties: 1 })),
    spec: machineSpecV1Beta2(options),
  })
}

export function machineTemplateV1Beta1(options: MachineSpecOptions = {}) {
  return s.object('What the Machines look like.', {
    metadata: s.optional(templateMetadata('Labels and annotations for the Machines.')),
    spec: s.optional(machineSpecV1Beta1(options)),
  })
}
