import { createAwsSimulator } from '@machinepool/simulator'
import { Pool } from 'undici'

import type { Benchmark, BenchmarkOptions } from './benchmark.ts'
import { watchResources } from './resource-usage.ts'

/** The floor under every figure taken on the simulated cloud: what the cloud itself costs. */
export const simulator: Benchmark = {
  name: 'simulator',
  description: 'Launch --pools groups of --instances each on the simulated AWS, with no controller: time and memory.',
  async run({ parameters, progress }: BenchmarkOptions) {
    const { pools = 200, instances = 5 } = parameters
    const stop = watchResources()
    const aws = await createAwsSimulator({ timings: { reaction: 1, launch: 1 } })
    const http = new Pool(aws.url, { connections: 8 })
    try {
      const template = await createTemplate(http)
      progress(`creating ${pools} groups of ${instances}`)
      const names = Array.from({ length: pools }, (_, index) => `pool-${index}`)
      await Promise.all(names.map((name) => createGroup(http, name, template, instances)))
      const inService = await waitForInstances(http, names, pools * instances)
      return { pools, instances: inService, calls: aws.calls.counts(), ...stop() }
    } finally {
      await http.close()
      await aws.close()
    }
  },
}

type ServiceName = 'autoscaling' | 'ec2'

const versions: Record<ServiceName, string> = { autoscaling: '2011-01-01', ec2: '2016-11-15' }

async function call(http: Pool, service: ServiceName, parameters: Record<string, string>): Promise<string> {
  const { statusCode, body } = await http.request({
    method: 'POST',
    path: '/',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDBENCH/20260101/us-east-1/${service}/aws4_request`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ Version: versions[service], ...parameters }).toString(),
  })
  const text = await body.text()
  if (statusCode !== 200) throw new Error(`${parameters['Action']} was answered with ${statusCode}: ${text}`)
  return text
}

async function createTemplate(http: Pool): Promise<string> {
  const images = await call(http, 'ec2', {
    Action: 'DescribeImages',
    'Filter.1.Name': 'name',
    'Filter.1.Value.1': 'capa-ami-ubuntu-24.04-?1.34.0-*',
    'Filter.2.Name': 'architecture',
    'Filter.2.Value.1': 'x86_64',
  })
  await call(http, 'ec2', {
    Action: 'CreateLaunchTemplate',
    LaunchTemplateName: 'bench',
    'LaunchTemplateData.ImageId': /<imageId>(ami-\w+)</.exec(images)?.[1] ?? '',
    'LaunchTemplateData.InstanceType': 'm5.large',
  })
  return 'bench'
}

async function createGroup(http: Pool, name: string, template: string, instances: number) {
  await call(http, 'autoscaling', {
    Action: 'CreateAutoScalingGroup',
    AutoScalingGroupName: name,
    MinSize: '0',
    MaxSize: String(instances),
    DesiredCapacity: String(instances),
    'LaunchTemplate.LaunchTemplateName': template,
    VPCZoneIdentifier: 'subnet-123,subnet-456',
  })
}

/** Asks for a hundred groups a call until all instances are in service; a minute without them is a failure. */
async function waitForInstances(http: Pool, names: readonly string[], wanted: number): Promise<number> {
  const end = Date.now() + 60_000
  for (;;) {
    let inService = 0
    for (let start = 0; start < names.length; start += 100) {
      const members = names
        .slice(start, start + 100)
        .map((name, index) => [`AutoScalingGroupNames.member.${index + 1}`, name])
      const answer = await call(http, 'autoscaling', {
        Action: 'DescribeAutoScalingGroups',
        MaxRecords: '100',
        ...Object.fromEntries(members),
      })
      inService += answer.split('<LifecycleState>InService<').length - 1
    }
    if (inService === wanted) return inService
    if (Date.now() > end) throw new Error(`${inService} of ${wanted} instances are in service after a minute`)
  }
}
