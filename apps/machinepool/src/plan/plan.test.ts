import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

import { resourceOf } from '@machinepool/api'
import type { Resource } from '@machinepool/kube'
import { awsMachinePoolKind } from '@machinepool/provider-aws'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { Context } from '../context.ts'
import { runProgram } from '../program.ts'
import { startSystem, type System } from '../system/start-system.ts'

const example = fileURLToPath(new URL('../../../../examples/aws/machinepool.yaml', import.meta.url))

const awsPools: Resource = resourceOf(awsMachinePoolKind) as Resource

async function run(args: readonly string[], env: Record<string, string> = {}, stdin = '') {
  let out = ''
  let err = ''
  const context: Context = {
    env,
    out: { write: (text) => void (out += text) },
    err: { write: (text) => void (err += text) },
    stdin: async () => stdin,
    signal: new AbortController().signal,
  }
  const code = await runProgram(args, context)
  return { code, out, err }
}

interface Printed {
  readonly pools: readonly {
    readonly name: string
    readonly actions: readonly {
      readonly type: string
      readonly changes: readonly { readonly field: string }[]
      readonly instances?: readonly string[]
    }[]
    readonly drains: readonly string[]
    readonly notes: readonly string[]
    readonly replacement?: { readonly instances: readonly string[]; readonly maxSurge: number }
  }[]
}

const types = (out: string) => (JSON.parse(out) as Printed).pools[0]!.actions.map(({ type }) => type)

describe('plan and unhold against a running system', () => {
  let folder: string
  let dataDir: string
  let system: System

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'machinepool-plan-'))
    dataDir = join(folder, 'state')
    system = await startSystem({
      dataDir,
      signal: new AbortController().signal,
      simulate: { cloud: 'aws', timings: { reaction: 20, launch: 20, boot: 50 } },
      pollIntervals: { fast: 100, settling: 300, steady: 500 },
      clusters: [{ namespace: 'default', name: 'capa' }],
    })
  })

  afterAll(async () => {
    await system.close()
    rmSync(folder, { recursive: true })
  })

  /** Resolves when the pool says so; every change of a pool is looked at. */
  function settled(replicas: number): Promise<void> {
    return new Promise((resolve) => {
      const stop = { now: () => {} }
      const look = () => {
        const pool = system.pools.get({ namespace: 'default', name: 'capa-mp-0' })
        if (pool?.status?.phase !== 'Running' || pool.status.readyReplicas !== replicas) return
        stop.now()
        resolve()
      }
      stop.now = system.onPoolChange(look)
      look()
    })
  }

  /** What a write would change: calls to the cloud that are no reads, and the version of the pool's objects. */
  async function written() {
    const writes = system.aws!.calls.list().filter(({ operation }) => !/^(Describe|Get)/.test(operation)).length
    const pools = await system.client.list(awsPools)
    const versions = [...system.pools.list(), ...pools.items].map(({ metadata }) => metadata.resourceVersion)
    return { writes, versions }
  }

  test('a new pool is planned with what it waits for, and nothing is made', async () => {
    const { code, out, err } = await run(['plan', '-f', example, '--data-dir', dataDir])
    expect(err).toBe('')
    expect(out).toMatch(/^MachinePool default\/capa-mp-0 \(AWSMachinePool capa-mp-0\)\n {2}1\. CreateTemplate: /)
    expect(out).toMatch(/\d\. CreateGroup: /)
    expect(out).toContain('note: assumes bootstrap data; now ')
    expect(code).toBe(2)
    expect(system.pools.list()).toEqual([])
    expect(system.aws!.region().groups()).toEqual([])
  })

  test('a pool as it should be has nothing to do; a change shows the fields that differ', async () => {
    expect((await run(['apply', '-f', example, '--data-dir', dataDir], simulated)).code).toBe(0)
    await settled(2)
    const before = system.aws!.calls.count()
    const atRest = await written()
    const idle = await run(['plan', 'capa-mp-0', '--data-dir', dataDir])
    expect(idle).toMatchObject({ code: 0, err: '' })
    expect(idle.out).toContain('  nothing to do\n')
    expect(system.aws!.calls.count()).toBeGreaterThan(before)

    const changed = { ...simulated, AWS_CONTROL_PLANE_MACHINE_TYPE: 'm5.xlarge' }
    const person = await run(['plan', '-f', example, '--data-dir', dataDir], changed)
    expect(person.code).toBe(2)
    expect(person.out).toMatch(/instanceType: "t3.large" -> "m5.xlarge"/)
    const json = await run(['plan', '-f', example, '--data-dir', dataDir, '-o', 'json'], changed)
    expect(types(json.out)).toContain('CreateTemplate')
    expect((JSON.parse(json.out) as Printed).pools[0]!.actions[0]!.changes.map(({ field }) => field)).toContain(
      'spec.awsLaunchTemplate.instanceType',
    )
    const instances = system
      .aws!.region()
      .groups()[0]!
      .members.map(({ id }) => id)
    const { replacement } = (JSON.parse(json.out) as Printed).pools[0]!
    expect(replacement?.instances.map((id) => id.split('/').at(-1)).toSorted()).toEqual(instances.toSorted())
    expect(person.out).toContain('2 instances')
    // Nothing was written anywhere, and the plan of the pool as it is stays empty.
    expect(await written()).toEqual(atRest)
    expect((await run(['plan', 'capa-mp-0', '--data-dir', dataDir])).code).toBe(0)
  })

  test('a smaller pool: the Node is emptied, then its instance removed; no secret is printed', async () => {
    const smaller = join(folder, 'smaller.yaml')
    writeFileSync(
      smaller,
      `apiVersion: cluster.x-k8s.io/v1beta2
kind: MachinePool
metadata: {name: capa-mp-0}
spec:
  clusterName: capa
  replicas: 1
  template:
    spec:
      clusterName: capa
      bootstrap: {configRef: {apiGroup: bootstrap.cluster.x-k8s.io, kind: KubeadmConfig, name: capa-mp-0}}
      infrastructureRef: {apiGroup: infrastructure.cluster.x-k8s.io, kind: AWSMachinePool, name: capa-mp-0}
`,
    )
    const { out, code } = await run(['plan', '-f', smaller, '--data-dir', dataDir, '-o', 'json'])
    expect(code).toBe(2)
    expect(types(out)).toEqual(['RemoveInstances'])
    expect((JSON.parse(out) as Printed).pools[0]?.actions[0]?.instances).toHaveLength(1)
    const [pool] = (JSON.parse(out) as Printed).pools
    expect(pool?.drains).toHaveLength(1)
    const token = /token: ([a-z0-9]{6}\.[a-z0-9]{16})/
    const secrets = await run(['get', 'secrets', 'capa-mp-0', '--data-dir', dataDir, '-o', 'json'])
    const data = (JSON.parse(secrets.out) as { data: Record<string, string> }).data
    const found = token.exec(Buffer.from(data['value'] ?? '', 'base64').toString())?.[1]
    expect(found).toBeDefined()
    expect(out).not.toContain(found)
    expect(out).not.toContain(data['value'])
  })

  test('unhold takes the termination hook off the group', async () => {
    const before = system.aws!.calls.count('DeleteLifecycleHook')
    const { code, out, err } = await run(['unhold', '--all', '--data-dir', dataDir])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toContain('machinepool/capa-mp-0 SetHold: ')
    expect(system.aws!.calls.count('DeleteLifecycleHook')).toBe(before + 1)
  })

  test('without a cluster the manifest alone is planned against the cloud of the environment', async () => {
    const main = fileURLToPath(new URL('../main.ts', import.meta.url))
    const name = 'elsewhere'
    const manifest = join(folder, 'elsewhere.yaml')
    writeFileSync(manifest, readFileSync(example, 'utf8').replaceAll('capa-mp-0', name))
    const child = spawn(
      process.execPath,
      ['--conditions=@machinepool/source', main, 'plan', '-f', manifest, '-o', 'json'],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...simulated,
          HOME: folder,
          AWS_REGION: 'us-east-1',
          AWS_ENDPOINT_URL: system.aws!.url,
          AWS_ACCESS_KEY_ID: 'AKIASIMULATED0000000',
          AWS_SECRET_ACCESS_KEY: 'simulated',
        },
      },
    )
    const [stdout, stderr, [status]] = await Promise.all([
      textOf(child.stdout),
      textOf(child.stderr),
      once(child, 'close'),
    ])
    expect(stderr).toContain('no management cluster answers')
    expect(types(stdout)).toEqual(expect.arrayContaining(['CreateTemplate', 'CreateGroup']))
    expect(status).toBe(2)
  })

  const simulated = {
    AWS_AVAILABILITY_ZONE: 'us-east-1a',
    AWS_SUBNET: 'subnet-123',
    AWS_CONTROL_PLANE_MACHINE_TYPE: 't3.large',
    AWS_SSH_KEY_NAME: 'default',
  }
})

describe('plan without a cluster', () => {
  test('needs to know what to plan', async () => {
    expect(await run(['plan'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('name either a machine pool or'),
    })
    expect(await run(['unhold'])).toMatchObject({ code: 1, err: expect.stringContaining('or all with --all') })
  })
})
