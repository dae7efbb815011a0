import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { AutoScalingClient, DescribeAutoScalingGroupsCommand } from '@aws-sdk/client-auto-scaling'
import { DescribeInstancesCommand, DescribeLaunchTemplatesCommand, EC2Client } from '@aws-sdk/client-ec2'
import { createApiServer, type ApiServer } from '@machinepool/apiserver'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { eventually } from './eventually.ts'
import { exampleManifest, npmStart, readEndpoints, runCli, startCli, type RunningCli } from './first-light/cli.ts'
import { poolManifest } from './first-light/light.ts'
import { documentedSample } from './first-light/sample.ts'
import { createKubectl, type Kubectl } from './kubectl.ts'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'first-light-'))
})

afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

/** A command line; `more` may hold blanks. */
function words(text: string, ...more: string[]): string[] {
  return [...text.split(' '), ...more]
}

/** What there is in the simulated AWS, asked for as any client does. */
async function cloudOf(dataDir: string) {
  const client = {
    endpoint: readEndpoints(dataDir).aws,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' },
  }
  const autoScaling = new AutoScalingClient(client)
  const ec2 = new EC2Client(client)
  try {
    const { AutoScalingGroups: groups = [] } = await autoScaling.send(new DescribeAutoScalingGroupsCommand({}))
    const { LaunchTemplates: templates = [] } = await ec2.send(new DescribeLaunchTemplatesCommand({}))
    const { Reservations: reservations = [] } = await ec2.send(new DescribeInstancesCommand({}))
    return { groups, templates, instances: reservations.flatMap(({ Instances: instances = [] }) => instances) }
  } finally {
    autoScaling.destroy()
    ec2.destroy()
  }
}

describe('machinepool up', () => {
  const crashes = [
    ['when the launch template is there', (cloud: Awaited<ReturnType<typeof cloudOf>>) => cloud.templates.length],
    ['when the first instances are there', (cloud: Awaited<ReturnType<typeof cloudOf>>) => cloud.instances.length],
  ] as const

  test.concurrent.each(crashes)(
    'killed %s, goes on with the same group and template',
    async (_, reached) => {
      const dataDir = mkdtempSync(join(folder, 'killed-'))
      const command = ['up', '--simulate', 'aws', '--apply', exampleManifest, '--data-dir', dataDir]
      const killed = startCli(command)
      await killed.printed(/Kubernetes API at/)
      await eventually(async () => {
        if (reached(await cloudOf(dataDir)) === 0) throw new Error('not yet')
      })
      const before = await cloudOf(dataDir)
      killed.kill('SIGKILL')
      await killed.ended

      const second = startCli(command)
      await second.printed(/All pools are Running/)
      const after = await cloudOf(dataDir)
      expect(after.groups.map(({ AutoScalingGroupName: name }) => name)).toEqual(['capa-mp-0'])
      expect(after.templates).toHaveLength(1)
      expect(after.templates[0]).toMatchObject(before.templates[0]!)
      expect(after.groups[0]?.Instances).toHaveLength(2)
      for (const { InstanceId: id } of before.instances) {
        expect(after.instances.map(({ InstanceId: present }) => present)).toContain(id)
      }
      const kubectl = await createKubectl(readFileSync(join(dataDir, 'capa.kubeconfig'), 'utf8'))
      const { stdout } = await kubectl(['get', 'nodes', '-o', 'name'])
      await kubectl.close()
      expect(stdout.trim().split('\n')).toHaveLength(2)

      // Somebody is at home.
      const third = await runCli(command)
      expect(third).toMatchObject({ code: 1, stderr: expect.stringContaining('is in use by process') as string })
      second.kill('SIGINT')
      expect(await second.ended).toMatchObject({ code: 0 })
    },
    150_000,
  )

  test.concurrent('with --once gives up with the reason', async () => {
    const { code, stderr } = await runCli(
      words('up --simulate aws --once --timeout 2 --boot-delay 600 --apply', exampleManifest),
    )
    expect(code).toBe(1)
    expect(stderr).toMatch(/not every pool is Running after 2 s\n +capa-mp-0: (Pending|Provisioning|ScalingUp), \S/)
  }, 150_000)

  test.concurrent('with --once and nothing to wait for says so at once', async () => {
    const { code, stderr } = await runCli(words('up --simulate aws --once --timeout 600'))
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(/there are no machine pools/) as string })
  }, 150_000)

  test.concurrent('with --once ends well when the pools run, also the second time', async () => {
    const dataDir = mkdtempSync(join(folder, 'twice-'))
    const command = ['up', '--simulate', 'aws', '--apply', exampleManifest, '--data-dir', dataDir, '--once']
    const first = await runCli([...command, '--boot-delay', '0.1'])
    expect(first).toMatchObject({ code: 0, stdout: expect.stringMatching(/Running 2\/2/) as string })
    const second = await runCli(command)
    expect(second).toMatchObject({ code: 0, stdout: expect.stringMatching(/capa-mp-0 unchanged/) as string })
  }, 150_000)

  // A terminal signals the whole group; a supervisor, and npm itself, one process that has to pass it on.
  const endings = [
    ['Ctrl-C', (system: ReturnType<typeof npmStart>) => system.signalGroup('SIGINT')],
    ['a SIGINT for npm alone', (system: ReturnType<typeof npmStart>) => system.kill('SIGINT')],
    ['a SIGTERM for npm alone', (system: ReturnType<typeof npmStart>) => system.kill('SIGTERM')],
  ] as const
  test.concurrent.each(endings)(
    'under npm start, %s stops everything in order: exit code 0, and nobody is left',
    async (_, end) => {
      const dataDir = mkdtempSync(join(folder, 'npm-'))
      const system = npmStart(['--data-dir', dataDir])
      try {
        await system.printed(/Kubernetes API at/)
        end(system)
        expect(await system.ended).toMatchObject({ code: 0, stderr: expect.stringContaining('Stopping') as string })
        // It is gone by an orderly end, not by the end of its parents.
        expect(existsSync(join(dataDir, 'lock'))).toBe(false)
      } finally {
        system.signalGroup('SIGKILL')
      }
    },
    150_000,
  )

  test.concurrent('names the variable that a manifest needs', async () => {
    const manifest = file(
      'unset.yaml',
      'kind: Secret\napiVersion: v1\nmetadata: {name: "${NOT_SET}", labels: {a: "${SET:=b}"}}\n',
    )
    const { code, stderr } = await runCli(['up', '--apply', manifest])
    expect(code).toBe(1)
    expect(stderr).toMatch(/NOT_SET/)
    expect(stderr).not.toMatch(/at .*\.ts/)
  })
})

describe('beside a running machinepool up', () => {
  let dataDir: string
  let system: RunningCli
  let kubectl: Kubectl
  let existing: ApiServer
  const environment = () => ({ KUBECONFIG: join(dataDir, 'kubeconfig') })

  beforeAll(async () => {
    dataDir = mkdtempSync(join(folder, 'running-'))
    existing = await createApiServer()
    system = startCli(['up', '--simulate', 'aws', '--data-dir', dataDir, '--boot-delay', '0.1'])
    await system.printed(/Kubernetes API at/)
    kubectl = await createKubectl(readFileSync(join(dataDir, 'kubeconfig'), 'utf8'))
  })

  afterAll(async () => {
    system.kill('SIGTERM')
    await system.ended
    await kubectl.close()
    await existing.close()
  })

  test('endpoints.json tells where everything is', async () => {
    const { kubernetes, workload, aws } = readEndpoints(dataDir)
    expect(new URL(kubernetes).hostname).toBe('127.0.0.1')
    expect(new URL(aws).protocol).toBe('http:')
    expect(Object.keys(workload)).toEqual(['capa'])
    expect(await kubectl(['config', 'view', '-o', 'jsonpath={.clusters[0].cluster.server}'])).toMatchObject({
      stdout: kubernetes,
    })
  })

  const good = poolManifest({ name: 'bad', replicas: 1, min: 0, max: 3 })
  const bad = [
    ['minSize above maxSize', ['minSize: 0', 'minSize: 5'], /spec.*(minSize|maxSize)/],
    ['a negative number', ['replicas: 1', 'replicas: -1'], /spec\.replicas/],
    ['an unknown field', ['minSize: 0', 'minSice: 0'], /spec\.minSice/],
    ['a wrong type', ['replicas: 1', 'replicas: "many"'], /spec\.replicas/],
    ['no clusterName', ['\n  clusterName: capa', ''], /spec\.clusterName/],
  ] as const
  test.each(bad)('apply refuses %s by the path of the field, and writes nothing', async (name, [from, to], path) => {
    const manifest = file(`${name.replaceAll(' ', '-')}.yaml`, good.replace(from, to))
    const { code, stdout, stderr } = await runCli(['apply', '-f', manifest], environment())
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(path)
    expect(stderr).not.toMatch(/at .*\.ts/)
    expect((await kubectl(['get', 'machinepools', 'bad'])).code).toBe(1)
  })

  test('apply says everything that is wrong, each with its place in the manifest', async () => {
    const [machinePool = '', infrastructure = ''] = good.split('---')
    const manifest = file(
      'all-wrong.yaml',
      [
        machinePool.replace('replicas: 1', 'replicaz: 1'),
        infrastructure.replace('minSize: 0', 'minSize: 5'),
        '\napiVersion: example.org/v1\nkind: Nothing\nmetadata: {name: x}\n',
      ].join('---'),
    )
    const { code, stdout, stderr } = await runCli(['apply', '-f', manifest], environment())
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr.split('\n').map((line) => line.replace('error: ', '').replace(manifest, 'FILE'))).toEqual([
      expect.stringMatching(/^FILE:2: MachinePool bad: .*spec\.replicaz/),
      expect.stringMatching(/^FILE:\d+: AWSMachinePool bad: spec.*(minSize|maxSize)/),
      expect.stringMatching(/^FILE:\d+: Nothing x: the server has no kind Nothing in example\.org\/v1$/),
      '',
    ])
  })

  test('the documented sample, verbatim, takes its variables from the environment and runs', async () => {
    const { path, variables } = documentedSample()
    const { AWS_SUBNET: _, ...others } = variables
    const incomplete = await runCli(['apply', '-f', path], { ...environment(), ...others })
    expect(incomplete).toMatchObject({ code: 1, stdout: '' })
    expect(incomplete.stderr).toMatch(/\$\{AWS_SUBNET\} is not set/)
    const applied = await runCli(['apply', '-f', path], { ...environment(), ...variables })
    expect(applied).toMatchObject({ code: 0, stderr: '' })
    expect(applied.stdout.split('\n').map((line) => line.split(' ')[1])).toEqual([
      ...Array(3).fill('created'),
      undefined,
    ])
    await eventually(async () => {
      const { stdout } = await kubectl(['get', 'machinepools', 'capa-mp-0', '-o', 'jsonpath={.status.phase}'])
      if (stdout !== 'Running') throw new Error(`capa-mp-0 is ${stdout}`)
    }, 90_000)
    expect((await runCli(['describe', 'capa-mp-0'], environment())).stdout).toMatch(/Running, 2 of 2 ready/)
  }, 150_000)

  test('an existing cluster gets a machine pool', async () => {
    const kubeconfig = file('existing.kubeconfig', existing.kubeconfig())
    const added = await runCli(
      words(
        'cluster add existing --infrastructure aws --region us-east-1 --vpc vpc-123 --subnet subnet-123=us-east-1a',
        '--kubeconfig',
        kubeconfig,
        '--data-dir',
        dataDir,
      ),
    )
    expect(added).toMatchObject({ code: 0, stdout: expect.stringMatching(/cluster.*existing created/) as string })

    const manifest = file('existing.yaml', poolManifest({ name: 'grown', replicas: 1, cluster: 'existing' }))
    expect(await runCli(['apply', '-f', manifest, '--data-dir', dataDir])).toMatchObject({ code: 0 })
    await eventually(async () => {
      const { stdout } = await kubectl(['get', 'machinepools', 'grown', '-o', 'jsonpath={.status.phase}'])
      if (stdout !== 'Running') throw new Error(`grown is ${stdout}`)
    }, 90_000)
    const own = await createKubectl(existing.kubeconfig())
    const { stdout } = await own(['get', 'nodes', '-o', 'name'])
    await own.close()
    expect(stdout).toMatch(/^node\//)
    const listed = await runCli(['get', '--data-dir', dataDir])
    expect(listed.stdout).toMatch(/grown +existing .*Running/)
  }, 150_000)
})
