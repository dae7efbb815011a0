import { ProviderError, Sensitive, type Io, type JsonObject, type ObjectReference } from '@machinepool/contract'
import { createManualClock } from '@machinepool/runtime/testing'
import { createAwsProvider, type AwsProvider, type AWSMachinePoolSpec } from '@machinepool/provider-aws'
import { createAwsSimulator, type AwsSimulator } from '@machinepool/simulator'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const everybody = { allowedNamespaces: {} }

let aws: AwsSimulator
let provider: AwsProvider

beforeEach(async () => {
  aws = await createAwsSimulator()
  provider = createAwsProvider({
    credentials: { accessKeyId: 'AKIDOWN', secretAccessKey: 'secret' },
    endpoints: { autoscaling: aws.url, ec2: aws.url, ssm: aws.url, sts: aws.url },
  })
})
afterEach(async () => {
  await provider.close()
  await aws.close()
})

/** What the management cluster has. */
interface Objects {
  readonly [kindAndName: string]: JsonObject
}

const secrets: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'capa-system/static': { AccessKeyID: 'AKIDSTATIC', SecretAccessKey: 'hidden' },
  'capa-system/session': { AccessKeyID: 'ASIASESSION', SecretAccessKey: 'hidden', SessionToken: 'token' },
  'capa-system/empty': {},
  'default/static': { AccessKeyID: 'AKIDWRONG', SecretAccessKey: 'hidden' },
}

const silent = (): void => undefined

function ioOf(objects: Objects): Io {
  const clock = createManualClock()
  return {
    clock: {
      now: () => clock.now(),
      after(ms, callback) {
        const timer = setTimeout(callback, ms)
        return () => clearTimeout(timer)
      },
    },
    log: { debug: silent, info: silent, warn: silent, error: silent },
    signal: new AbortController().signal,
    maxAgeMs: 0,
    lookup: ({ kind, name }: ObjectReference) => Promise.resolve(objects[`${kind}/${name}`]),
    secret: ({ namespace = '', name }: ObjectReference) => {
      const found = secrets[`${namespace}/${name}`]
      const entries = Object.entries(found ?? {}).map(([key, value]) => [key, new Sensitive(value)] as const)
      return Promise.resolve(found && Object.fromEntries(entries))
    },
  }
}

/** Looks at a pool whose AWSCluster names the identity. @returns the principals of all calls, as `service: access key or role` */
async function look(kind: string, name: string, objects: Objects): Promise<readonly string[]> {
  aws.calls.reset()
  const spec: AWSMachinePoolSpec = { minSize: 0, maxSize: 1, awsLaunchTemplate: { ami: { id: 'ami-1' } } }
  const infrastructure: JsonObject = { spec: { region: 'us-east-1', identityRef: { kind, name } } }
  await provider.machinePool.observe(
    {
      key: { namespace: 'default', name: 'np' },
      cluster: { namespace: 'default', name: 'prod', infrastructure },
      managementId: 'm1',
      spec,
      annotations: {},
      replicas: 0,
      failureDomains: [],
      recorded: {},
      adopt: false,
      externallyScaled: false,
      operations: [],
    },
    ioOf(objects),
  )
  return [
    ...new Set(
      aws.calls.list().map(({ service, operation, accessKeyId, arn }) => {
        const assumed = /assumed-role\/([^/]+)/.exec(arn)?.[1]
        return `${service === 'sts' ? operation : service}: ${assumed ?? accessKeyId}`
      }),
    ),
  ]
}

function role(name: string, more: JsonObject = {}): JsonObject {
  return { spec: { ...everybody, roleARN: `arn:aws:iam::123456789012:role/${name}`, sessionName: 'pools', ...more } }
}

describe('AWSClusterControllerIdentity', () => {
  test('is the controller itself; the default one need not exist', async () => {
    const named = await look('AWSClusterControllerIdentity', 'default', {
      'AWSClusterControllerIdentity/default': { spec: everybody },
    })
    expect(named).toContain('autoscaling: AKIDOWN')
    expect(await look('AWSClusterControllerIdentity', 'default', {})).toContain('autoscaling: AKIDOWN')
  })
})

describe('AWSClusterStaticIdentity', () => {
  test('is the Secret in the namespace of the controller, not the one beside the pool', async () => {
    const objects = { 'AWSClusterStaticIdentity/s': { spec: { ...everybody, secretRef: 'static' } } }
    expect(await look('AWSClusterStaticIdentity', 's', objects)).toEqual(['autoscaling: AKIDSTATIC', 'ec2: AKIDSTATIC'])
  })

  test('may be a session', async () => {
    const objects = { 'AWSClusterStaticIdentity/s': { spec: { ...everybody, secretRef: 'session' } } }
    expect(await look('AWSClusterStaticIdentity', 's', objects)).toContain('autoscaling: ASIASESSION')
  })

  test.each(['empty', 'nowhere'])('Secret %s is named in the error, its content is not', async (secretRef) => {
    const objects = { 'AWSClusterStaticIdentity/s': { spec: { ...everybody, secretRef } } }
    await expect(look('AWSClusterStaticIdentity', 's', objects)).rejects.toMatchObject({
      code: 'Unauthenticated',
      reason: 'IdentitySecretInvalid',
      message: expect.stringContaining(`capa-system/${secretRef}`) as unknown,
    })
  })
})

describe('AWSClusterRoleIdentity', () => {
  test('is a role that the controller takes, with all that the identity says', async () => {
    const objects = {
      'AWSClusterRoleIdentity/r': role('nodes', {
        durationSeconds: 1800,
        externalID: 'ext',
        inlinePolicy: '{"Version":"2012-10-17"}',
        policyARNs: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
      }),
    }
    expect(await look('AWSClusterRoleIdentity', 'r', objects)).toEqual([
      'AssumeRole: AKIDOWN',
      'autoscaling: nodes',
      'ec2: nodes',
    ])
    expect(aws.calls.list('AssumeRole')[0]?.input).toMatchObject({
      RoleArn: 'arn:aws:iam::123456789012:role/nodes',
      RoleSessionName: 'pools',
      DurationSeconds: 1800,
      ExternalId: 'ext',
      Policy: '{"Version":"2012-10-17"}',
      PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' }],
    })
  })

  test('may be taken by another role, that a static identity takes', async () => {
    const objects = {
      'AWSClusterStaticIdentity/s': { spec: { ...everybody, secretRef: 'static' } },
      'AWSClusterRoleIdentity/hub': role('hub', {
        sourceIdentityRef: { kind: 'AWSClusterStaticIdentity', name: 's' },
      }),
      'AWSClusterRoleIdentity/spoke': role('spoke', {
        sourceIdentityRef: { kind: 'AWSClusterRoleIdentity', name: 'hub' },
      }),
    }
    expect(await look('AWSClusterRoleIdentity', 'spoke', objects)).toEqual([
      'AssumeRole: AKIDSTATIC',
      'AssumeRole: hub',
      'autoscaling: spoke',
      'ec2: spoke',
    ])
  })

  test('that names itself in a circle is refused without a call', async () => {
    const objects = {
      'AWSClusterRoleIdentity/a': role('a', { sourceIdentityRef: { kind: 'AWSClusterRoleIdentity', name: 'b' } }),
      'AWSClusterRoleIdentity/b': role('b', { sourceIdentityRef: { kind: 'AWSClusterRoleIdentity', name: 'a' } }),
    }
    await expect(look('AWSClusterRoleIdentity', 'a', objects)).rejects.toMatchObject({
      code: 'InvalidSpec',
      reason: 'IdentityChainInvalid',
    })
    expect(aws.calls.count()).toBe(0)
  })
})

function namespaceWith(labels: Record<string, string>): Objects {
  return { 'Namespace/default': { metadata: { labels } } }
}

describe('who may use an identity', () => {
  test.each<readonly [string, JsonObject | null | undefined, boolean, Record<string, string>]>([
    ['nobody without allowedNamespaces', undefined, false, {}],
    ['nobody with null', null, false, {}],
    ['everybody with an empty object', {}, true, {}],
    ['a namespace of the list', { list: ['other', 'default'] }, true, {}],
    ['no namespace that is not in the list', { list: ['other'] }, false, {}],
    ['nobody by an empty selector', { selector: {} }, false, { team: 'a' }],
    ['a namespace by label', { selector: { matchLabels: { team: 'a' } } }, true, { team: 'a' }],
    ['no namespace with another label', { selector: { matchLabels: { team: 'a' } } }, false, { team: 'b' }],
    [
      'by expression',
      { selector: { matchExpressions: [{ key: 'team', operator: 'In', values: ['a', 'b'] }] } },
      true,
      { team: 'b' },
    ],
    ['by either of the two', { list: ['other'], selector: { matchLabels: { team: 'a' } } }, true, { team: 'a' }],
  ])('%s', async (_name, allowedNamespaces, isAllowed, labels) => {
    const spec = { secretRef: 'static', ...(allowedNamespaces === undefined ? {} : { allowedNamespaces }) }
    const objects = { ...namespaceWith(labels), 'AWSClusterStaticIdentity/s': { spec } }
    const outcome = await look('AWSClusterStaticIdentity', 's', objects).then(
      () => 'allowed',
      (error: unknown) => (ProviderError.is(error) ? `${error.code}: ${error.reason}` : error),
    )
    expect(outcome).toBe(isAllowed ? 'allowed' : 'PermissionDenied: IdentityNotAllowed')
  })

  test('an identity that does not exist', async () => {
    await expect(look('AWSClusterStaticIdentity', 's', {})).rejects.toMatchObject({
      code: 'Unauthenticated',
      reason: 'IdentityNotFound',
    })
  })
})
