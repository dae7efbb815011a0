import { gzipSync } from 'node:zlib'

import {
  AutoScalingClient,
  CreateAutoScalingGroupCommand,
  SetDesiredCapacityCommand,
} from '@aws-sdk/client-auto-scaling'
import { CreateLaunchTemplateCommand, EC2Client } from '@aws-sdk/client-ec2'
import { createApiServer, type ApiServer } from '@machinepool/apiserver'
import { createClient, isNotFound, loadKubeconfig, nodes, pods, secrets, type Client } from '@machinepool/kube'
import { createAwsSimulator, type AwsSimulator, type Image } from '@machinepool/simulator'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

let server: ApiServer
let workload: Client
let aws: AwsSimulator
let autoScaling: AutoScalingClient
let ec2: EC2Client

beforeEach(async () => {
  server = await createApiServer()
  workload = createClient(await loadKubeconfig({ text: server.kubeconfig() }))
  aws = await createAwsSimulator({
    timings: { reaction: 5, launch: 5, boot: 5, shutdown: 5, nodeRemoval: 5 },
    machines: { workload: (cluster) => (cluster === 'blue' ? workload : undefined) },
  })
  const credentials = { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' }
  const client = { endpoint: aws.url, region: 'us-east-1', credentials }
  autoScaling = new AutoScalingClient(client)
  ec2 = new EC2Client(client)
})

afterEach(async () => {
  autoScaling.destroy()
  ec2.destroy()
  await aws.close()
  await workload.close()
  await server.close()
})

function userData(token: string) {
  return `## template: jinja
#cloud-config
write_files:
- path: /run/kubeadm/kubeadm-join-config.yaml
  content: |
    ---
    apiVersion: kubeadm.k8s.io/v1beta3
    kind: JoinConfiguration
    discovery:
      bootstrapToken:
        apiServerEndpoint: ${new URL(server.url).host}
        token: ${token}
    nodeRegistration:
      name: '{{ ds.meta_data.local_hostname }}'
      taints:
      - key: dedicated
        effect: NoSchedule
      kubeletExtraArgs:
        node-labels: pool=blue
runcmd:
- kubeadm join --config /run/kubeadm/kubeadm-join-config.yaml
`
}

function encode(text: string) {
  return Buffer.from(text).toString('base64')
}

async function putToken(id: string, secret: string, expiration: string) {
  await workload.create(secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace: 'kube-system', name: `bootstrap-token-${id}` },
    type: 'bootstrap.kubernetes.io/token',
    data: {
      'token-id': encode(id),
      'token-secret': encode(secret),
      expiration: encode(expiration),
      'usage-bootstrap-authentication': encode('true'),
    },
  })
}

const image: Image = {
  id: 'ami-0123456789abcdef0',
  name: 'own',
  owner: '123456789012',
  architecture: 'x86_64',
  created: 0,
  rootDevice: '/dev/sda1',
  rootSize: 8,
  kubernetesVersion: 'v1.33.1',
  tags: [],
}

async function createPool(desired: number, data: Buffer) {
  aws.region().addImage(image)
  const tags = [{ Key: 'sigs.k8s.io/cluster-api-provider-aws/cluster/blue', Value: 'owned' }]
  await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: 'pool',
      LaunchTemplateData: {
        ImageId: image.id,
        InstanceType: 'm5.large',
        UserData: data.toString('base64'),
        TagSpecifications: [{ ResourceType: 'instance', Tags: tags }],
      },
    }),
  )
  await autoScaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: 'pool',
      MinSize: 0,
      MaxSize: 3,
      DesiredCapacity: desired,
      LaunchTemplate: { LaunchTemplateName: 'pool', Version: '$Latest' },
      VPCZoneIdentifier: 'subnet-123',
    }),
  )
}

async function nodesOf(count: number) {
  return vi.waitFor(
    async () => {
      const { items } = await workload.list(nodes)
      expect(items).toHaveLength(count)
      return items
    },
    { timeout: 10_000, interval: 20 },
  )
}

test('an instance joins its cluster as the Node its user data says, and leaves with its pods', async () => {
  await putToken('abcdef', '0123456789abcdef', '2999-01-01T00:00:00Z')
  await createPool(1, gzipSync(userData('abcdef.0123456789abcdef')))
  const [node] = await nodesOf(1)
  const [instance] = aws.region().instances()
  expect(node).toMatchObject({
    metadata: {
      name: instance!.privateDnsName,
      labels: {
        'kubernetes.io/arch': 'amd64',
        'node.kubernetes.io/instance-type': 'm5.large',
        'topology.kubernetes.io/zone': 'us-east-1a',
        pool: 'blue',
      },
    },
    spec: { providerID: `aws:///us-east-1a/${instance!.id}`, taints: [{ key: 'dedicated', effect: 'NoSchedule' }] },
    status: { nodeInfo: { kubeletVersion: 'v1.33.1' } },
  })
  expect(node!.status!.conditions!.find(({ type }) => type === 'Ready')?.status).toBe('True')
  expect(node!.metadata.name).toMatch(/^ip-10-0-\d+-\d+\.ec2\.internal$/)

  const key = { namespace: 'default', name: 'web' }
  await workload.create(pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: key,
    spec: { nodeName: node!.metadata.name!, containers: [{ name: 'web', image: 'web' }] },
  })
  const phase = async () => (await workload.get(pods, key)).status?.phase
  await vi.waitFor(async () => expect(await phase()).toBe('Running'), { timeout: 10_000, interval: 20 })
  await workload.delete(pods, key)
  await vi.waitFor(async () => expect(await workload.get(pods, key).catch(isNotFound)).toBe(true), {
    timeout: 10_000,
    interval: 20,
  })

  await autoScaling.send(new SetDesiredCapacityCommand({ AutoScalingGroupName: 'pool', DesiredCapacity: 0 }))
  await nodesOf(0)
})

test.each([
  ['there is no token', undefined, 'there is no bootstrap token abcdef'],
  ['the token is another one', { secret: 'fedcba9876543210', expiration: '2999-01-01T00:00:00Z' }, 'is wrong'],
  ['the token has expired', { secret: '0123456789abcdef', expiration: '2001-01-01T00:00:00Z' }, 'expired'],
])('an instance does not join when %s, and says so', async (_, token, reason) => {
  if (token) await putToken('abcdef', token.secret, token.expiration)
  await createPool(1, Buffer.from(userData('abcdef.0123456789abcdef')))
  await vi.waitFor(
    () =>
      expect(
        aws
          .region()
          .instances()
          .flatMap(({ id }) => aws.region().consoleOf(id))
          .join('\n'),
      ).toContain(reason),
    { timeout: 10_000, interval: 20 },
  )
  expect((await workload.list(nodes)).items).toEqual([])
})

test('an image that joins by itself needs no user data', async () => {
  await createPool(2, Buffer.from('#!/bin/bash\n/etc/eks/bootstrap.sh blue\n'))
  const joined = await nodesOf(2)
  expect(joined.map(({ spec }) => spec?.providerID)).toEqual(
    expect.arrayContaining(
      aws
        .region()
        .instances()
        .map(({ id, zone }) => `aws:///${zone}/${id}`),
    ),
  )
})
