import { defineKind, infrastructureGroup, schema as s, shapes, type ObjectOf } from '@machinepool/api'

import { Type, type Static, type TSchema } from 'typebox'

import { awsContractLabels } from './contract-labels.ts'

/** The API tells null and absent apart here, as upstream does. */
const nullable = <S extends TSchema>(schema: S) => Type.Unsafe<Static<S> | null>({ ...schema, nullable: true })

const identityKinds = ['AWSClusterControllerIdentity', 'AWSClusterRoleIdentity', 'AWSClusterStaticIdentity'] as const

/** Names an identity, from a cluster or from another identity. */
export const awsIdentityReference = (description: string) =>
  s.object(description, {
    kind: s.oneOf('Kind of the identity.', identityKinds),
    name: s.text('Name of the identity.', { minLength: 1 }),
  })

const allowedNamespaces = () =>
  s.optional(
    nullable(
      s.object('Namespaces whose clusters may use the identity. Absent: none. Empty: all.', {
        list: s.optional(nullable(s.list('Names of namespaces.', s.text('One namespace.')))),
        selector: s.optional(shapes.labelSelector('Namespaces by label. Empty: none.')),
      }),
    ),
  )

const controllerIdentity = s.object('The controller’s own credentials, for clusters to refer to.', {
  spec: s.optional(s.object('Who may use it.', { allowedNamespaces: allowedNamespaces() })),
})

const staticIdentity = s.object('Fixed credentials in a Secret.', {
  spec: s.optional(
    s.object('Where the credentials are and who may use them.', {
      allowedNamespaces: allowedNamespaces(),
      secretRef: s.text(
        'Secret in the namespace of the controller, with AccessKeyID, SecretAccessKey and optionally SessionToken.',
      ),
    }),
  ),
})

const roleIdentity = s.object('A role to assume.', {
  spec: s.optional(
    s.object('Which role, how, and who may use it.', {
      allowedNamespaces: allowedNamespaces(),
      durationSeconds: s.optional(s.int32('How long a session lasts.', { minimum: 900, maximum: 43_200 })),
      externalID: s.optional(s.text('External id that the role asks for.')),
      inlinePolicy: s.optional(s.text('Policy document that narrows the session.')),
      policyARNs: s.optional(s.list('Managed policies that narrow the session.', s.text('ARN of one policy.'))),
      roleARN: s.text('ARN of the role.'),
      sessionName: s.optional(s.text('Name of the session in audit logs.')),
      sourceIdentityRef: s.optional(
        awsIdentityReference('Identity that assumes the role. Absent: the controller’s own.'),
      ),
    }),
  ),
})

const identity = {
  group: infrastructureGroup,
  scope: 'Cluster',
  categories: ['cluster-api'],
  labels: awsContractLabels,
} as const

export const awsClusterControllerIdentityKind = defineKind({
  ...identity,
  kind: 'AWSClusterControllerIdentity',
  plural: 'awsclustercontrolleridentities',
  shortNames: ['awsci'],
  versions: { v1beta2: { schema: controllerIdentity, storage: true } },
})

export const awsClusterStaticIdentityKind = defineKind({
  ...identity,
  kind: 'AWSClusterStaticIdentity',
  plural: 'awsclusterstaticidentities',
  shortNames: ['awssi'],
  versions: { v1beta2: { schema: staticIdentity, storage: true } },
})

export const awsClusterRoleIdentityKind = defineKind({
  ...identity,
  kind: 'AWSClusterRoleIdentity',
  plural: 'awsclusterroleidentities',
  shortNames: ['awsri'],
  versions: { v1beta2: { schema: roleIdentity, storage: true } },
})

export type AWSClusterControllerIdentity = ObjectOf<typeof controllerIdentity>
export type AWSClusterStaticIdentity = ObjectOf<typeof staticIdentity>
export type AWSClusterRoleIdentity = ObjectOf<typeof roleIdentity>
