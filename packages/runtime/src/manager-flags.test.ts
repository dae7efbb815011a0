import { describe, expect, test } from 'vitest'

import { FlagError, managerFlagsHelp, parseManagerFlags } from './manager-flags.ts'

const gates = { MachinePool: true, MachinePoolMachines: false }

describe('parseManagerFlags', () => {
  test('has upstream defaults', () => {
    expect(parseManagerFlags([], gates)).toEqual({
      leaderElect: false,
      leaderElectLeaseDurationMs: 15_000,
      leaderElectRenewDeadlineMs: 10_000,
      leaderElectRetryPeriodMs: 2_000,
      syncPeriodMs: 600_000,
      metricsBindAddress: 'localhost:8080',
      healthProbeBindAddress: ':9440',
      webhookPort: 0,
      webhookCertDir: '/tmp/k8s-webhook-server/serving-certs',
      featureGates: gates,
      switches: {},
      verbosity: 0,
      help: false,
    })
  })

  test("knows a program's own switches, off unless given", () => {
    const switches = { 'machine-controller': 'reconcile Machines of pools' }
    expect(parseManagerFlags([], gates, switches).switches).toEqual({ 'machine-controller': false })
    expect(parseManagerFlags(['--machine-controller'], gates, switches).switches).toEqual({
      'machine-controller': true,
    })
    expect(parseManagerFlags(['--machine-controller=false'], gates, switches).switches['machine-controller']).toBe(
      false,
    )
    expect(() => parseManagerFlags(['--machine-controller'], gates)).toThrow('unknown flag --machine-controller')
    expect(managerFlagsHelp('x', switches)).toMatch(/--machine-controller +reconcile Machines of pools/)
  })

  test('reads the arguments of an upstream Deployment', () => {
    const flags = parseManagerFlags(
      [
        '--leader-elect',
        '--feature-gates=MachinePool=false',
        '--v=4',
        '--sync-period',
        '1h30m',
        '--namespace=',
        '-watch-filter=a',
      ],
      gates,
    )
    expect(flags).toMatchObject({
      leaderElect: true,
      featureGates: { MachinePool: false, MachinePoolMachines: false },
      verbosity: 4,
      syncPeriodMs: 5_400_000,
      watchFilter: 'a',
    })
    expect(flags).not.toHaveProperty('namespace')
  })

  test('the last occurrence wins, gates add up', () => {
    const flags = parseManagerFlags(
      [
        '--leader-elect',
        '--leader-elect=false',
        '--feature-gates=MachinePool=false',
        '--feature-gates=MachinePoolMachines=true',
      ],
      gates,
    )
    expect(flags.leaderElect).toBe(false)
    expect(flags.featureGates).toEqual({ MachinePool: false, MachinePoolMachines: true })
  })

  test.each([
    [['--nope'], 'unknown flag --nope'],
    [['--constructor'], 'unknown flag --constructor'],
    [['up'], 'unexpected argument "up"'],
    [['--namespace'], '--namespace needs a value'],
    [['--leader-elect=yes'], '--leader-elect takes true or false, not "yes"'],
    [['--sync-period=10'], '--sync-period takes a duration such as 10m or 90s, not "10"'],
    [['--webhook-port=http'], '--webhook-port takes a number, not "http"'],
    [['--feature-gates=Nope=true'], 'unknown feature gate "Nope"; known: MachinePool, MachinePoolMachines'],
    [['--feature-gates=MachinePool'], 'MachinePool takes true or false'],
  ])('refuses %j', (args, message) => {
    expect(() => parseManagerFlags(args, gates)).toThrow(FlagError)
    expect(() => parseManagerFlags(args, gates)).toThrow(message)
  })

  test('help names every flag', () => {
    expect(managerFlagsHelp('core-manager')).toMatch(
      /Usage: core-manager[\s\S]*--kubeconfig[\s\S]*--sync-period duration/,
    )
  })
})
