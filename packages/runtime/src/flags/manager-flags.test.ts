import { describe, expect, test } from 'vitest'

import { FlagError } from './flag-error.ts'
import { managerFlagsHelp, parseManagerFlags as parse, type ProgramFlags } from './manager-flags.ts'

const gates = { MachinePool: true, Own: false }
const parseManagerFlags = (args: string[], program: Partial<ProgramFlags> = {}) =>
  parse(args, { featureGates: gates, ...program })

describe('parseManagerFlags', () => {
  test('has upstream defaults', () => {
    expect(parseManagerFlags([])).toEqual({
      leaderElect: false,
      leaderElectLeaseDurationMs: 15_000,
      leaderElectRenewDeadlineMs: 10_000,
      leaderElectRetryPeriodMs: 2_000,
      syncPeriodMs: 600_000,
      kubeApiBurst: 30,
      diagnosticsAddress: ':8443',
      insecureDiagnostics: false,
      healthAddr: ':9440',
      webhookPort: 0,
      webhookCertDir: '/tmp/k8s-webhook-server/serving-certs',
      webhookCertName: 'tls.crt',
      webhookKeyName: 'tls.key',
      tlsMinVersion: 'VersionTLS12',
      tlsCipherSuites: [],
      featureGates: gates,
      switches: {},
      numbers: {},
      withoutEffect: [],
      verbosity: 0,
      help: false,
    })
  })

  test("knows a program's own switches, off unless given", () => {
    const switches = { 'machine-controller': 'reconcile Machines of pools' }
    expect(parseManagerFlags([], { switches }).switches).toEqual({ 'machine-controller': false })
    expect(parseManagerFlags(['--machine-controller'], { switches }).switches).toEqual({
      'machine-controller': true,
    })
    expect(parseManagerFlags(['--machine-controller=false'], { switches }).switches['machine-controller']).toBe(false)
    expect(() => parseManagerFlags(['--machine-controller'])).toThrow('unknown flag --machine-controller')
    expect(managerFlagsHelp('x', { featureGates: gates, switches })).toMatch(
      /--machine-controller +reconcile Machines of pools/,
    )
  })

  test('reads the arguments of an upstream Deployment', () => {
    const flags = parseManagerFlags([
      '--leader-elect',
      '--feature-gates=MachinePool=false',
      '-v4',
      '--sync-period',
      '1h30m',
      '--namespace=',
      '-watch_filter=a',
    ])
    expect(flags).toMatchObject({
      leaderElect: true,
      featureGates: { MachinePool: false, Own: false },
      verbosity: 4,
      syncPeriodMs: 5_400_000,
      watchFilter: 'a',
    })
    expect(flags).not.toHaveProperty('namespace')
  })

  test('the last occurrence wins, gates add up', () => {
    const flags = parseManagerFlags([
      '--leader-elect',
      '--leader-elect=false',
      '--feature-gates=MachinePool=false',
      '--feature-gates=Own=true',
    ])
    expect(flags.leaderElect).toBe(false)
    expect(flags.featureGates).toEqual({ MachinePool: false, Own: true })
  })

  test.each([
    [['--nope'], 'unknown flag --nope'],
    [['--constructor'], 'unknown flag --constructor'],
    [['up'], 'unexpected argument "up"'],
    [['--namespace'], '--namespace needs a value'],
    [['--leader-elect=yes'], '--leader-elect takes true or false, not "yes"'],
    [['--sync-period=10'], '--sync-period takes a duration such as 10m or 90s, not "10"'],
    [['--webhook-port=http'], '--webhook-port takes a number, not "http"'],
    [['--feature-gates=Nope=true'], 'unknown feature gate "Nope"; known: MachinePool, Own'],
    [['--feature-gates=MachinePool'], 'MachinePool takes true or false'],
    [['--own-number=x'], '--own-number takes a number, not "x"'],
    [['--never=1'], '--never is not supported: do that'],
  ])('refuses %j', (args, message) => {
    const own: Partial<ProgramFlags> = {
      numbers: { 'own-number': { kind: 'integer', help: 'x', default: '3' } },
      refused: { never: 'do that' },
    }
    expect(() => parseManagerFlags(args, own)).toThrow(FlagError)
    expect(() => parseManagerFlags(args, own)).toThrow(message)
  })

  test("knows a program's own numbers, also by their other name", () => {
    const numbers: ProgramFlags['numbers'] = {
      'x-concurrency': { kind: 'integer', help: 'xs at the same time', default: '20', alias: 'old-concurrency' },
      'x-ttl': { kind: 'duration', help: 'how long', default: '15m' },
    }
    expect(parseManagerFlags([], { numbers }).numbers).toEqual({ 'x-concurrency': 20, 'x-ttl': 900_000 })
    const given = parseManagerFlags(['--old-concurrency=7', '--x-ttl', '0'], { numbers })
    expect(given.numbers).toEqual({ 'x-concurrency': 7, 'x-ttl': 0 })
  })

  test('takes what upstream takes, and tells what of it has no effect', () => {
    const flags = parseManagerFlags([
      '--profiler-address=localhost:6060',
      '--contention-profiling',
      '--clustercache-client-qps',
      '20.5',
      '--feature-gates=ClusterTopology=true,MachinePool=false,PriorityQueue=false',
      '--kube-api-qps=100',
      '--kube-api-burst=200',
    ])
    expect(flags).toMatchObject({ kubeApiQps: 100, kubeApiBurst: 200, featureGates: { MachinePool: false } })
    expect(flags.withoutEffect).toEqual([
      '--profiler-address',
      '--contention-profiling',
      '--clustercache-client-qps',
      '--feature-gates=ClusterTopology',
      '--feature-gates=PriorityQueue',
    ])
  })

  test('older names of addresses, of which the one of metrics meant plain HTTP', () => {
    expect(parseManagerFlags(['--metrics-bind-addr=:8080', '--health-probe-bind-address=0'])).toMatchObject({
      diagnosticsAddress: ':8080',
      insecureDiagnostics: true,
      healthAddr: '0',
    })
    expect(parseManagerFlags(['--leader-election-namespace=capg-system'])).toMatchObject({
      leaderElectNamespace: 'capg-system',
    })
  })

  test('help names every flag', () => {
    expect(managerFlagsHelp('core-manager', { featureGates: gates })).toMatch(
      /Usage: core-manager[\s\S]*--kubeconfig[\s\S]*--sync-period duration/,
    )
  })
})
