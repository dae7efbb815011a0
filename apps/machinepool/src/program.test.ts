import { fileURLToPath } from 'node:url'

import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'

import { commandWords } from './completion/command-words.ts'
import type { Context } from './context.ts'
import { createProgram, runProgram } from './program.ts'

async function run(args: readonly string[], env: Record<string, string> = {}) {
  let out = ''
  let err = ''
  const context: Context = {
    env,
    out: { write: (text) => void (out += text) },
    err: { write: (text) => void (err += text) },
    stdin: async () => '',
    signal: new AbortController().signal,
  }
  const code = await runProgram(args, context)
  return { code, out, err }
}

describe('machinepool', () => {
  test('--help names every command, and each has its own help', async () => {
    const { code, out } = await run(['--help'])
    expect(code).toBe(0)
    for (const command of ['up', 'apply', 'get', 'describe', 'crds', 'convert', 'iam', 'cluster', 'completion']) {
      expect(out).toContain(`  ${command} `)
    }
  })

  const context: Context = {
    env: {},
    out: { write: () => {} },
    err: { write: () => {} },
    stdin: async () => '',
    signal: new AbortController().signal,
  }
  const paths = commandWords(createProgram(context, () => {})).flatMap(({ path }) => (path === '' ? [] : [path]))

  test.each(paths)('%s --help has an example', async (path) => {
    const help = await run([...path.split(' '), '--help'])
    expect(help).toMatchObject({ code: 0, err: '' })
    expect(help.out).toContain(`Usage: machinepool ${path}`)
    expect(help.out).toMatch(/\nExamples:\n {2}# .+\n {2}(\S+=\S+ |source <\()?machinepool /)
  })

  test.each([
    [['nope'], "unknown command 'nope'"],
    [['up', '--simulate', 'mars'], "'mars' is invalid. Allowed choices are aws, gcp."],
    [['up', '--port', '99999'], 'It takes a port, 0 to 65535'],
    [['up', '--timeout', 'soon'], 'It takes seconds'],
    [['apply'], "required option '-f, --filename <file>' not specified"],
    [['crds', 'mars'], 'no provider "mars"; there is: core, bootstrap-kubeadm'],
    [
      ['get', '--data-dir', '/nowhere'],
      '/nowhere/kubeconfig does not exist; is `machinepool up --data-dir /nowhere` running?',
    ],
    [['get'], 'the directory of a running `machinepool up` with --data-dir'],
    [['apply', '-f', '/nowhere/a.yaml'], '/nowhere/a.yaml: cannot be read'],
    [['cluster', 'add', 'a', '--kubeconfig', '/nowhere/k'], '/nowhere/k cannot be read'],
  ])('%j fails with a message for a person', async (args, message) => {
    const { code, err, out } = await run(args)
    expect(code).toBe(1)
    expect(err).toContain(message)
    expect(err).not.toMatch(/\n\s+at /)
    expect(out).toBe('')
  })

  test('crds prints definitions that carry the contract label', async () => {
    const { code, out } = await run(['crds', 'core'])
    expect(code).toBe(0)
    const names = parseAllDocuments(out).map((document) => document.getIn(['metadata', 'name']))
    expect(names).toContain('machinepools.cluster.x-k8s.io')
  })

  test('iam aws prints a policy document', async () => {
    const { code, out } = await run(['iam', 'aws', '--partition', 'aws-cn'])
    expect(code).toBe(0)
    expect(out).toContain('autoscaling:TerminateInstanceInAutoScalingGroup')
    expect(JSON.parse(out)).toMatchObject({ Version: '2012-10-17' })
    expect(out).not.toContain('arn:aws:')
  })

  test('convert brings an old manifest up to date and keeps its variables', async () => {
    const { code, out, err } = await run([
      'convert',
      '-f',
      fileURLToPath(new URL('old-pool.test.yaml', import.meta.url)),
    ])
    expect(code).toBe(0)
    const [pool, infra] = parseAllDocuments(out).map((document) => document.toJS() as Record<string, unknown>)
    expect(pool).toMatchObject({
      apiVersion: 'cluster.x-k8s.io/v1beta2',
      spec: { template: { spec: { infrastructureRef: { apiGroup: 'infrastructure.cluster.x-k8s.io', name: 'old' } } } },
    })
    expect(infra).toMatchObject({
      apiVersion: 'infrastructure.cluster.x-k8s.io/v1beta2',
      spec: { subnets: [{ id: '${AWS_SUBNET}' }] },
    })
    expect(err).toContain('exp.cluster.x-k8s.io/v1alpha4 is now cluster.x-k8s.io/v1beta2')
  })
})
